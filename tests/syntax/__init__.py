"""Texts, trees and the parser's table."""
