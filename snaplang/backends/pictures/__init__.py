"""Pictures of graphs: Graphviz (`dot`) and Mermaid (`mermaid`)."""
