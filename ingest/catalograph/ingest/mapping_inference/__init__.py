"""Proposals of mappings from the names and values of a file's columns.

| module | does |
|---|---|
| `forms` | what one cell is: number, price, date, address, GTIN |
| `profiles` | what the cells of each column are, over the whole file in one reading |
| `names`, `name_table` | what a column's name says, by the table `column_names.yaml` |
| `field_scores`, `fields` | names and values together: a column for each field, as one assignment |
| `record_ids`, `catalog_ids` | columns that identify the rows, checked over the whole file |
| `catalog_proposal`, `interaction_proposal` | the mapping, field by field, with reasons |
| `inference` | `propose`: a shipped mapping that fits, else one from the above |
"""

from catalograph.ingest.mapping_inference.fields import NameScores
from catalograph.ingest.mapping_inference.inference import propose, source_name
from catalograph.ingest.mapping_inference.interaction_proposal import KnownProducts
from catalograph.ingest.mapping_inference.proposal import MappingProposal

__all__ = ["KnownProducts", "MappingProposal", "NameScores", "propose", "source_name"]
