package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/thrift"
	"github.com/idlcall/idlcall/pkg/stream"
)

// OpenAPIPath is where a Gateway serves its document.
const OpenAPIPath = "/openapi.json"

// Info is what the IDL does not say of the document.
type Info struct {
	Title   string `json:"title"`
	Version string `json:"version"`
}

// The objects of OpenAPI 3.0.3, as far as a document has them.
type (
	document struct {
		OpenAPI    string                           `json:"openapi"`
		Info       Info                             `json:"info"`
		Paths      map[string]map[string]*operation `json:"paths"`
		Components struct {
			Schemas schemas `json:"schemas"`
		} `json:"components"`
	}
	operation struct {
		ID          string               `json:"operationId"`
		Tags        []string             `json:"tags"`
		Description string               `json:"description,omitempty"`
		Parameters  []*parameter         `json:"parameters,omitempty"`
		Body        *bodyObject          `json:"requestBody,omitempty"`
		Responses   map[string]*response `json:"responses"`
	}
	parameter struct {
		Name        string  `json:"name"`
		In          string  `json:"in"`
		Description string  `json:"description,omitempty"`
		Required    bool    `json:"required,omitempty"`
		Schema      *schema `json:"schema"`
		Style       string  `json:"style,omitempty"`
		Explode     *bool   `json:"explode,omitempty"`
	}
	bodyObject struct {
		Required bool             `json:"required,omitempty"`
		Content  map[string]media `json:"content"`
	}
	media struct {
		Schema *schema `json:"schema"`
	}
	headerObject struct {
		Schema *schema `json:"schema"`
	}
	response struct {
		Description string                  `json:"description"`
		Headers     map[string]headerObject `json:"headers,omitempty"`
		Content     map[string]media        `json:"content,omitempty"`
	}
)

// PublishOpenAPI serves the document at OpenAPIPath. It is for before the first request.
func (g *Gateway) PublishOpenAPI(info Info) { g.options.OpenAPI = g.OpenAPI(info) }

// OpenAPI is an OpenAPI 3.0 document of all routes, as compact JSON. Two routes of which
// OpenAPI cannot tell the paths apart share one, with the names of the first.
func (g *Gateway) OpenAPI(info Info) []byte {
	d := &document{OpenAPI: "3.0.3", Info: info, Paths: map[string]map[string]*operation{}}
	if d.Info.Title == "" {
		d.Info.Title = g.routes[0].Method.Service
	}
	d.Components.Schemas = schemas{}
	shapes := map[string]*docPath{}
	ids := map[string]int{}
	for _, r := range g.routes {
		p := r.docPath()
		if first := shapes[p.shape]; first != nil {
			p.text, p.names = first.text, first.names
		}
		shapes[p.shape] = p
		if d.Paths[p.text] == nil {
			d.Paths[p.text] = map[string]*operation{}
		}
		for _, verb := range r.docVerbs() {
			if d.Paths[p.text][verb] != nil {
				continue
			}
			id := r.Method.Service + "_" + r.Method.Name
			if ids[id]++; ids[id] > 1 {
				id += strconv.Itoa(ids[id])
			}
			d.Paths[p.text][verb] = r.operation(d, p, id)
		}
	}
	return marshal(d)
}

// docVerbs are the keys of a route in a Path Item; none for verbs that OpenAPI does not have.
func (r *Route) docVerbs() []string {
	all := []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
	if r.Rule.Verb == "*" {
		return all
	}
	if verb := strings.ToLower(r.Rule.Verb); slices.Contains(all, verb) {
		return []string{verb}
	}
	return nil
}

// docPath is a path in OpenAPI, where each variable is one segment.
type docPath struct {
	text, shape string
	names       []string // of the segments that vary
	rest        []bool   // may have slashes
	vars        []string // of the rule that each is of, "" where none
}

// docPath spells a pattern out: {name=shelves/*} is shelves/{name}.
func (r *Route) docPath() *docPath {
	p := &docPath{}
	var text, shape strings.Builder
	for i, s := range r.pattern.segments {
		if s.kind == segLiteral {
			text.WriteString("/" + s.literal)
			shape.WriteString("/" + s.literal)
			continue
		}
		name, of := fmt.Sprintf("segment_%d", i+1), ""
		for _, v := range r.pattern.vars {
			if i < v.begin || i >= v.end {
				continue
			}
			of, name = v.name, v.name
			varying := 0
			for _, inside := range r.pattern.segments[v.begin:v.end] {
				if inside.kind != segLiteral {
					varying++
				}
			}
			if varying > 1 {
				name = fmt.Sprintf("%s_%d", v.name, i-v.begin+1)
			}
		}
		p.names, p.vars, p.rest = append(p.names, name), append(p.vars, of), append(p.rest, s.kind != segOne)
		text.WriteString("/{" + name + "}")
		shape.WriteString("/{}")
	}
	if text.Len() == 0 {
		text.WriteString("/")
	}
	if r.pattern.verb != "" {
		text.WriteString(":" + r.pattern.verb)
		shape.WriteString(":" + r.pattern.verb)
	}
	p.text, p.shape = text.String(), shape.String()
	return p
}

// operation describes a route.
func (r *Route) operation(d *document, p *docPath, id string) *operation {
	op := &operation{ID: id, Tags: []string{r.Method.Service}, Responses: map[string]*response{}}
	switch in := r.Method.Input.(type) {
	case *thrift.Struct:
		r.thriftOperation(op, d, p)
	case *idl.ProtoMessage:
		r.protoOperation(op, d, p, in.Descriptor)
	}
	if r.Method.Type.ClientStreams() {
		op.Description = "The body is a stream of JSON documents."
	}
	op.Responses["default"] = &response{Description: "an error", Content: inJSON(errorSchema(d.Components.Schemas))}
	if r.Method.Oneway {
		op.Responses["202"] = &response{Description: "sent; nothing answers"}
	}
	return op
}

func inJSON(of *schema) map[string]media { return map[string]media{"application/json": {of}} }

// errorSchema is errorBody.
func errorSchema(s schemas) *schema {
	return s.named("Error", func(to *schema) {
		to.Type = "object"
		s.property(to, "code", &schema{Type: "integer", Format: "int64"}, true)
		s.property(to, "message", &schema{Type: "string"}, true)
		s.property(to, "details", &schema{Type: "array", Items: &schema{Type: "object", Additional: &schema{}}}, false)
		s.property(to, "exception", &schema{Type: "string"}, false)
		s.property(to, "value", &schema{Type: "object", Additional: &schema{}}, false)
		s.property(to, "extra", &schema{}, false)
	})
}

// success is the answer that has a message.
func (r *Route) success(op *operation, of *schema, headers map[string]headerObject) {
	answer := &response{Description: "the reply", Headers: headers, Content: inJSON(of)}
	if r.Method.Type&stream.Server != 0 {
		answer.Description = "replies, one a line"
		line := &schema{Type: "object", Properties: map[string]*schema{"result": of}}
		answer.Content = inJSON(line)
	}
	if !r.Method.Oneway {
		op.Responses[strconv.Itoa(http.StatusOK)] = answer
	}
}

// pathParameters are those of a path; types has the type of a variable.
func pathParameters(op *operation, p *docPath, types func(name string) *schema) {
	for i, name := range p.names {
		of := &parameter{Name: name, In: "path", Required: true, Schema: &schema{Type: "string"}}
		if p.vars[i] == name || p.vars[i] != "" && !strings.HasPrefix(name, p.vars[i]+"_") {
			if t := types(p.vars[i]); t != nil {
				of.Schema = t
			}
		}
		if p.rest[i] {
			of.Description = "may have slashes"
		}
		op.Parameters = append(op.Parameters, of)
	}
}

// protoOperation describes a rule of google.api.http.
func (r *Route) protoOperation(op *operation, d *document, p *docPath, in protoreflect.MessageDescriptor) {
	s, m := d.Components.Schemas, r.mapping.(*protoMapping)
	var bound []fieldPath
	pathParameters(op, p, func(name string) *schema {
		path := m.vars[name]
		if path == nil {
			return nil
		}
		return s.protoValue(path.last())
	})
	for _, path := range m.vars {
		bound = append(bound, path)
	}
	switch {
	case m.whole:
		op.Body = &bodyObject{Required: true, Content: inJSON(s.protoMessage(in))}
		op.Body.Content["application/x-protobuf"] = media{&schema{Type: "string", Format: "binary"}}
	case m.body != nil:
		op.Body = &bodyObject{Content: inJSON(s.proto(m.body))}
		bound = append(bound, fieldPath{m.body})
	}
	if !m.whole {
		queryParameters(op, s, in, nil, bound)
	}
	if m.from != nil {
		r.success(op, s.proto(m.from), nil)
		return
	}
	r.success(op, s.protoMessage(m.out), nil)
}

// maxQueryDepth bounds the messages in messages that a document names for a query.
const maxQueryDepth = 4

// queryParameters are the fields that a query may have, those in messages too.
func queryParameters(op *operation, s schemas, m protoreflect.MessageDescriptor, before fieldPath, bound []fieldPath) {
	if len(before) >= maxQueryDepth {
		return
	}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		path := append(slices.Clip(before), fd)
		isBound := slices.ContainsFunc(bound, func(b fieldPath) bool { return b.begins(path) })
		isMessage := fd.Message() != nil && !hasText(fd.Message())
		switch {
		case isBound, fd.IsMap(), fd.IsList() && isMessage:
		case isMessage && fd.Message().FullName().Parent() != "google.protobuf":
			queryParameters(op, s, fd.Message(), path, bound)
		case !isMessage:
			op.Parameters = append(op.Parameters, &parameter{Name: path.text(), In: "query", Schema: s.proto(fd)})
		}
	}
}
