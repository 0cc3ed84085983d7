// Package protowalk reads encoded Protobuf messages field by field, without their schema.
package protowalk

import "google.golang.org/protobuf/encoding/protowire"

// Fields calls f for each varint and each length-delimited field of a message, until it
// returns an error, which is then that of Fields. val is the content of length-delimited
// fields, in b's memory and nil for varints, of which num is the value. Fields of other wire
// types are skipped: the messages that are read here have none that is known. What is no
// encoded message ends with the error bad.
func Fields(b []byte, bad error, f func(n protowire.Number, val []byte, num uint64) error) error {
	for len(b) > 0 {
		n, typ, size := protowire.ConsumeTag(b)
		if size < 0 {
			return bad
		}
		b = b[size:]
		var val []byte
		var num uint64
		switch typ {
		case protowire.BytesType:
			val, size = protowire.ConsumeBytes(b)
		case protowire.VarintType:
			num, size = protowire.ConsumeVarint(b)
		default:
			size = protowire.ConsumeFieldValue(n, typ, b)
		}
		if size < 0 {
			return bad
		}
		b = b[size:]
		if typ != protowire.BytesType && typ != protowire.VarintType {
			continue
		}
		if err := f(n, val, num); err != nil {
			return err
		}
	}
	return nil
}
