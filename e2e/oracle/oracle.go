// Package oracle converts between JSON and Thrift's binary protocol with dynamicgo,
// the codec of Kitex's generic calls, for tests that compare ours with it.
//
// It is an oracle only where it is right: it cuts numbers that do not fit, ignores
// unknown keys and what is not required, writes enums as numbers, has no map keys
// other than strings and integers, and does not compare the types on the wire with
// those of the IDL. It has no uuid.
package oracle

import (
	"context"
	"fmt"
	"strings"

	"github.com/cloudwego/dynamicgo/conv"
	"github.com/cloudwego/dynamicgo/conv/j2t"
	"github.com/cloudwego/dynamicgo/conv/t2j"
	"github.com/cloudwego/dynamicgo/thrift"
	"github.com/cloudwego/thriftgo/parser"
)

// Type is a type of an IDL. It may be used concurrently.
type Type struct{ descriptor *thrift.TypeDescriptor }

// Compile finds a type in the text of an IDL without includes. what is the name of
// a struct, union or exception, "Service/Method" for the struct of a method's
// arguments, or "Service/Method result" for the struct of its result.
//
// dynamicgo reads only methods with one argument, and drops exceptions but the
// first. So the type becomes the argument of a service of our own, after the text.
func Compile(idl, what string) (*Type, error) {
	declaration, name := "", what
	if strings.Contains(what, "/") {
		method, err := find(idl, strings.TrimSuffix(what, " result"))
		if err != nil {
			return nil, err
		}
		name = "OracleStruct"
		if declaration = arguments(method); strings.HasSuffix(what, " result") {
			declaration = result(method)
		}
		declaration = "struct " + name + " {\n" + declaration + "}\n"
	}
	text := fmt.Sprintf("%s\n%sservice OracleService {\n void Call(1: %s value)\n}\n", idl, declaration, name)
	options := thrift.Options{ServiceName: "OracleService"}
	service, err := options.NewDescritorFromContent(context.Background(), "oracle.thrift", text, nil, false)
	if err != nil {
		return nil, err
	}
	call, err := service.LookupFunctionByMethod("Call")
	if err != nil {
		return nil, err
	}
	return &Type{call.Request().Struct().FieldById(1).Type()}, nil
}

// find returns a method, which may be inherited within the file.
func find(idl, name string) (*parser.Function, error) {
	tree, err := parser.ParseString("oracle.thrift", idl)
	if err != nil {
		return nil, err
	}
	service, method, _ := strings.Cut(name, "/")
	for service != "" {
		declared, found := tree.GetService(service)
		if !found {
			break
		}
		for _, f := range declared.Functions {
			if f.Name == method {
				return f, nil
			}
		}
		service = declared.Extends
	}
	return nil, fmt.Errorf("no method %s", name)
}

func arguments(f *parser.Function) string {
	var b strings.Builder
	for _, argument := range f.Arguments {
		fmt.Fprintf(&b, "%d: %s %s\n", argument.ID, argument.Type, argument.Name)
	}
	return b.String()
}

func result(f *parser.Function) string {
	var b strings.Builder
	if !f.Void {
		fmt.Fprintf(&b, "0: optional %s success\n", f.FunctionType)
	}
	for _, exception := range f.Throws {
		fmt.Fprintf(&b, "%d: optional %s %s\n", exception.ID, exception.Type, exception.Name)
	}
	return b.String()
}

// FromJSON encodes JSON. Required fields must be there; other fields that are not
// given are not written. Binary is base64.
func (t *Type) FromJSON(json []byte) ([]byte, error) {
	converter := j2t.NewBinaryConv(conv.Options{})
	return converter.Do(context.Background(), t.descriptor, json)
}

// ToJSON decodes a struct of the binary protocol.
func (t *Type) ToJSON(body []byte) ([]byte, error) {
	converter := t2j.NewBinaryConv(conv.Options{})
	return converter.Do(context.Background(), t.descriptor, body)
}

// JSONToThrift compiles a type, as Compile does, and encodes JSON.
func JSONToThrift(idl, what string, json []byte) ([]byte, error) {
	t, err := Compile(idl, what)
	if err != nil {
		return nil, err
	}
	return t.FromJSON(json)
}

// ThriftToJSON compiles a type, as Compile does, and decodes a body.
func ThriftToJSON(idl, what string, body []byte) ([]byte, error) {
	t, err := Compile(idl, what)
	if err != nil {
		return nil, err
	}
	return t.ToJSON(body)
}
