package gateway

import (
	"slices"
	"strconv"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/thrift"
)

// thriftOperation describes a method of Thrift by the annotations of its fields.
func (r *Route) thriftOperation(op *operation, d *document, p *docPath) {
	s, m := d.Components.Schemas, r.mapping.(*thriftMapping)
	pathParameters(op, p, func(name string) *schema { return s.pathField(m.fields, name) })
	body := &schema{Type: "object"}
	raw := s.thriftPlaces(op, m.fields, body)
	form := r.Rule.Serializer == "form"
	switch {
	case raw != nil:
		op.Body = &bodyObject{Content: map[string]media{"*/*": {&schema{Type: "string", Format: "binary"}}}}
	case body.Properties != nil && r.Rule.Verb != "GET" && r.Rule.Verb != "HEAD" && r.Rule.Verb != "DELETE" && r.Rule.Verb != "TRACE":
		op.Body = &bodyObject{Required: len(body.Required) > 0, Content: inJSON(body)}
		if form {
			op.Body.Content = map[string]media{"application/x-www-form-urlencoded": {body}, "application/json": {body}}
		}
		if m.pb != nil {
			op.Body.Content["application/x-protobuf"] = media{&schema{Type: "string", Format: "binary"}}
		}
	}
	r.thriftReplies(op, s)
}

// pathField is the type of the field that a parameter of the path is for.
func (s schemas) pathField(fields []thriftField, name string) *schema {
	for _, f := range fields {
		if slices.Contains(f.sources, source{fromPath, name}) {
			return s.thriftField(f.Field)
		}
		if inside := s.pathField(f.inside, name); inside != nil {
			return inside
		}
	}
	return nil
}

// thriftPlaces adds parameters, and what the body has to it. It returns the field that
// takes the whole body.
func (s schemas) thriftPlaces(op *operation, fields []thriftField, body *schema) (raw *thriftField) {
	for i := range fields {
		f := &fields[i]
		if f.inside != nil {
			if inner := s.thriftPlaces(op, f.inside, body); inner != nil {
				raw = inner
			}
			continue
		}
		required := f.Requiredness == thrift.Required && f.Default == nil && len(f.sources) == 1
		for _, place := range f.sources {
			switch place.kind {
			case fromQuery, fromHeader, fromCookie:
				op.addParameter(s, f, place, required)
			case fromBody, fromForm:
				s.property(body, place.key, s.thriftField(f.Field), required)
			case fromRawBody:
				raw = f
			}
		}
	}
	return raw
}

// addParameter adds a place beside path and body. OpenAPI has three headers of its own.
func (op *operation) addParameter(s schemas, f *thriftField, place source, required bool) {
	if lower := strings.ToLower(place.key); place.kind == fromHeader && (lower == "accept" || lower == "content-type" || lower == "authorization") {
		return
	}
	of := &parameter{Name: place.key, In: place.kind.String(), Required: required, Schema: s.thriftField(f.Field)}
	if slices.ContainsFunc(op.Parameters, func(p *parameter) bool { return p.Name == of.Name && p.In == of.In }) {
		return
	}
	if of.In == "query" && of.Schema.Type == "array" {
		of.Style, of.Explode = "form", new(bool) // a=1,2
	}
	op.Parameters = append(op.Parameters, of)
}

// thriftReplies describes the result, and the exceptions that have a status of their own
// only as errors: which it is, the message says.
func (r *Route) thriftReplies(op *operation, s schemas) {
	out := r.Method.Output.(*thrift.Struct)
	if out.Form == thrift.FormResult {
		switch {
		case len(out.Fields) == 0 || out.Fields[0].ID != 0:
			r.success(op, &schema{}, nil)
			return
		case out.Fields[0].Type.Kind != thrift.KindStruct:
			r.success(op, s.thrift(out.Fields[0].Type), nil)
			return
		}
		out = out.Fields[0].Type.Struct
	}
	reply := r.mapping.(*thriftMapping).replies[""]
	body, headers := &schema{Type: "object"}, map[string]headerObject{}
	for _, f := range out.Fields {
		place := reply.fields[f.Name]
		switch place.kind {
		case toBody:
			s.property(body, place.key, s.thriftField(f), false)
		case toHeader:
			headers[place.key] = headerObject{Schema: s.thriftField(f)}
		case toCookie:
			headers["Set-Cookie"] = headerObject{Schema: &schema{Type: "string"}}
		case toStatus:
			op.Description = "Field " + strconv.Quote(f.Name) + " of the reply is the status."
		case toRawBody:
			body = &schema{Type: "string", Format: "binary"}
		}
	}
	r.success(op, body, headers)
}
