package reflection

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/idl/internal/rawdesc"
	"github.com/idlcall/idlcall/pkg/stream"
)

// The messages of grpc.reflection.v1 and v1alpha, which are the same but for
// their package (grpc/grpc-proto:grpc/reflection/v1/reflection.proto):
//
//	ServerReflectionRequest            ServerReflectionResponse
//	  3 file_by_filename                 4 file_descriptor_response { 1 bytes, repeated }
//	  4 file_containing_symbol           6 list_services_response { 1 service { 1 name } }
//	  5 file_containing_extension        7 error_response { 1 code, 2 message }
//	      { 1 type, 2 number }
//	  7 list_services
const (
	askFile      = 3
	askSymbol    = 4
	askExtension = 5
	askServices  = 7
)

func appendAsk(b []byte, field protowire.Number, value string) []byte {
	return rawdesc.AppendField(b, field, []byte(value))
}

func appendAskExtension(b []byte, message string, number int32) []byte {
	inner := rawdesc.AppendField(nil, 1, []byte(message))
	inner = protowire.AppendVarint(protowire.AppendTag(inner, 2, protowire.VarintType), uint64(number))
	return rawdesc.AppendField(b, askExtension, inner)
}

// answer is a ServerReflectionResponse: files or services, or refused.
type answer struct {
	files    [][]byte
	services []string
	refused  *stream.Status
}

// parseAnswer decodes a response. What it returns does not share memory with b.
func parseAnswer(b []byte) (*answer, error) {
	a := &answer{}
	known := false
	err := rawdesc.Walk(b, func(n protowire.Number, val []byte, _ uint64) error {
		known = known || n == 4 || n == 5 || n == 6 || n == 7
		switch n {
		case 4:
			return rawdesc.Walk(val, func(n protowire.Number, val []byte, _ uint64) error {
				if n == 1 {
					a.files = append(a.files, append([]byte{}, val...))
				}
				return nil
			})
		case 6:
			return rawdesc.Walk(val, func(n protowire.Number, val []byte, _ uint64) error {
				if n == 1 {
					a.services = append(a.services, rawdesc.Name(val))
				}
				return nil
			})
		case 7:
			a.refused = &stream.Status{Code: stream.Unknown}
			return rawdesc.Walk(val, func(n protowire.Number, val []byte, num uint64) error {
				switch n {
				case 1:
					a.refused.Code = stream.Code(uint32(num))
				case 2:
					a.refused.Message = string(val)
				}
				return nil
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the answer is not a ServerReflectionResponse (%d bytes)", len(b))
	}
	if !known {
		return nil, errors.New("the answer has neither files nor an error")
	}
	return a, nil
}
