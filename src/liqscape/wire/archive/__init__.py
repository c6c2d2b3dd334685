"""Files of the exchange's public archives, one prefix a file. All are LZ4 frames."""
