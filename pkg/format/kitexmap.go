package format

import (
	"strings"

	"github.com/idlcall/idlcall/pkg/format/internal/kitexmap"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// EmptyStructs says which fields that did not come a reply has in KitexMap, with empty values.
type EmptyStructs = kitexmap.EmptyStructs

// The forms of EmptyStructs: generic.EnableSetFieldsForEmptyStruct of Kitex.
const (
	NoFields       = kitexmap.NoFields
	RequiredFields = kitexmap.RequiredFields // all but optional ones
	AllFields      = kitexmap.AllFields
)

// MapOptions are those of Kitex's map generic call. The zero value is what Kitex does by default.
type MapOptions struct {
	EmptyStructs EmptyStructs
	// Base64 says that binary is base64, both ways. It is the text of the bytes otherwise.
	Base64 bool
}

// KitexMap is the mapping of Kitex's map generic call, with the maps that encoding/json makes of
// JSON with UseNumber. Of Options it takes IDLNames, Base and Warn. Bodies are in the binary
// protocol. A request is its first argument; a method without any is a *MappingError.
func KitexMap(settings MapOptions) Dialect {
	return func(m *idl.Method, o Options) (*Program, error) {
		in, _ := m.Input.(*thrift.Struct)
		out, _ := m.Output.(*thrift.Struct)
		switch {
		case in == nil || out == nil:
			return nil, &MappingError{m.FullName(), "it is not of Thrift"}
		case m.Protocol != stream.Binary:
			return nil, &MappingError{m.FullName(), "Kitex's map generic call has no bodies in " + m.Protocol.String()}
		case in.Form == thrift.FormArguments && len(in.Fields) == 0:
			return nil, &MappingError{m.FullName(), "Kitex's generic calls need an argument"}
		}
		k := kitexmap.Options{EmptyStructs: settings.EmptyStructs, Base64: settings.Base64, PlainNames: o.IDLNames, Warn: o.Warn}
		if err := mapBase(&k, o.Base, in); err != nil {
			return nil, err
		}
		p := kitexmap.Compile(in, out, k)
		return NewProgram(func() Codec { return &codec{p.Codec()} }), nil
	}
}

// mapBase takes the values of base.Base, of which Kitex has its own type.
func mapBase(k *kitexmap.Options, values []BaseValue, in *thrift.Struct) error {
	if len(values) == 0 {
		return nil
	}
	request := in
	if in.Form == thrift.FormArguments {
		request = in.Fields[0].Type.Struct
	}
	has := false
	if request != nil {
		for _, f := range request.Fields {
			has = has || f.Base
		}
	}
	if !has {
		return &BaseError{Reason: "the request has no field base.Base"}
	}
	k.Base = map[string]string{}
	for _, v := range values {
		key, extra := strings.CutPrefix(v.Path, "Extra.")
		switch {
		case extra && k.Extra == nil:
			k.Extra = map[string]string{key: v.Value}
		case extra:
			k.Extra[key] = v.Value
		case v.Path == "LogID" || v.Path == "Caller" || v.Path == "Addr":
			k.Base[v.Path] = v.Value
		default:
			return &BaseError{Path: v.Path, Reason: "Kitex's own base.Base has LogID, Caller, Addr and Extra"}
		}
	}
	return nil
}

// MappingError is a method for which a Dialect has no mapping.
type MappingError struct{ Method, Reason string }

func (e *MappingError) Error() string { return "no mapping for " + e.Method + ": " + e.Reason }

// Outcome is KindUsage.
func (*MappingError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }
