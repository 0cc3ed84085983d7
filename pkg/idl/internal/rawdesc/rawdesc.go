// Package rawdesc walks encoded descriptors as bytes: an index of names and ranges
// costs a hundredth of decoding them. Field numbers are those of
// google/protobuf/descriptor.proto.
package rawdesc

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/internal/wire/protowalk"
)

// Err says that something is no encoded message.
var Err = errors.New("not an encoded descriptor")

// Walk calls f for each field of a message. val is the content of
// length-delimited fields, num the value of varints.
func Walk(b []byte, f func(n protowire.Number, val []byte, num uint64) error) error {
	return protowalk.Fields(b, Err, f)
}

// Files cuts a FileDescriptorSet into its files.
func Files(data []byte) ([][]byte, error) {
	var files [][]byte
	err := Walk(data, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 1 {
			files = append(files, val)
		}
		return nil
	})
	return files, err
}

// Packed appends the varints of a packed field to a list.
func Packed(val []byte, to *[]uint64) error {
	for len(val) > 0 {
		v, size := protowire.ConsumeVarint(val)
		if size < 0 {
			return Err
		}
		*to = append(*to, v)
		val = val[size:]
	}
	return nil
}

// Name is field 1, the name in every kind of descriptor.
func Name(b []byte) string {
	name := ""
	_ = Walk(b, func(n protowire.Number, val []byte, _ uint64) error {
		if n == 1 {
			name = string(val)
			return errFound
		}
		return nil
	})
	return name
}

var errFound = errors.New("found")

// AppendField appends a length-delimited field.
func AppendField(b []byte, n protowire.Number, val []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), val)
}
