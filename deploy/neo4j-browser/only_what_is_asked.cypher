// Draw only what a statement returns (run once; else all edges between shown nodes are added)
:config {"autoComplete": false}
