"""Pictures of houses: their order, their sizes and who may change them."""
