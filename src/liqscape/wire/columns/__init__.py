"""Records of the wire to columns of the model: pure mappers shared by the live path, a node's files and archives."""
