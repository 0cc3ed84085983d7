package format

// Sparse makes a codec of Protobuf messages decode each as if it were too large to
// keep what is in it.
func Sparse(c Codec) Codec {
	c.(*protoCodec).dec.sparse = true
	return c
}
