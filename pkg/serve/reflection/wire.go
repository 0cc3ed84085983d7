package reflection

import (
	"errors"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/idlcall/idlcall/pkg/internal/wire/protowalk"
)

// Fields of ServerReflectionRequest.
const (
	byFilename       protowire.Number = 3
	bySymbol         protowire.Number = 4
	byExtension      protowire.Number = 5
	extensionNumbers protowire.Number = 6
	listServices     protowire.Number = 7
)

// Fields of ServerReflectionResponse.
const (
	originalRequest  protowire.Number = 2
	filesAnswer      protowire.Number = 4
	extensionsAnswer protowire.Number = 5
	servicesAnswer   protowire.Number = 6
	errorAnswer      protowire.Number = 7
)

var errNoQuestion = errors.New("the message is no ServerReflectionRequest")

// question is what a client asks: the last of the fields of its oneof.
type question struct {
	field protowire.Number
	name  string // a file, a symbol, or the type that is extended
	ext   int32  // the number of an extension
}

func parse(b []byte) (q question, err error) {
	err = protowalk.Fields(b, errNoQuestion, func(n protowire.Number, value []byte, _ uint64) error {
		if n < byFilename || n > listServices {
			return nil
		}
		q = question{field: n, name: string(value)}
		if n != byExtension {
			return nil
		}
		q.name = ""
		return protowalk.Fields(value, errNoQuestion, func(n protowire.Number, value []byte, number uint64) error {
			switch n {
			case 1:
				q.name = string(value)
			case 2:
				q.ext = int32(number)
			}
			return nil
		})
	})
	return q, err
}

// answer appends a ServerReflectionResponse.
func answer(dst, request []byte, field protowire.Number, body []byte) []byte {
	dst = appendBytes(dst, originalRequest, request)
	return appendBytes(dst, field, body)
}

func appendBytes(dst []byte, n protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(dst, n, protowire.BytesType), value)
}

// failure is an ErrorResponse.
func failure(code uint32, text string) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), uint64(code))
	return appendBytes(b, 2, []byte(text))
}
