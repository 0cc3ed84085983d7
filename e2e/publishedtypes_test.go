package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/idlcall/idlcall/pkg/idl"
)

// described checks what describe shows of each type, nested ones included: its
// text, in a file that imports the type's own file, has to compile to the type.
func (p *publishedSet) described() {
	s := p.schema()
	dir := p.TempDir()
	if err := s.Save(context.Background(), idl.SaveOptions{Dest: dir}, p.symbols()...); err != nil {
		p.Fatal(err)
	}
	var checks []*describeCheck
	for i, fd := range p.order {
		if strings.HasPrefix(fd.GetName(), "google/protobuf/") || len(firstName(fd)) == 0 || p.editions[fd.GetName()] {
			continue
		}
		c := &describeCheck{publishedSet: p, schema: s, pkg: fmt.Sprintf("described%d", i), want: fd}
		if err := os.WriteFile(filepath.Join(dir, c.pkg+".proto"), []byte(c.text()), 0o644); err != nil {
			p.Fatal(err)
		}
		checks = append(checks, c)
	}
	compiled := p.protoc(dir)
	all, equal := 0, 0
	for _, c := range checks {
		n, ok := c.compare(p.normal(compiled[c.pkg+".proto"]))
		all, equal = all+n, equal+ok
	}
	p.Logf("described types: %d, equal: %d", all, equal)
	if equal < all || all < 500 {
		p.Errorf("of %d described types, %d are equal", all, equal)
	}
}

// describeCheck has the texts of one file's types, each in a message of its own.
type describeCheck struct {
	*publishedSet
	schema idl.Schema
	pkg    string
	want   *descriptorpb.FileDescriptorProto
	scopes []string // of the types, in order
	nested []proto.Message
	body   strings.Builder
}

func (c *describeCheck) text() string {
	fd := c.want
	syntax := fd.GetSyntax()
	if syntax == "" {
		syntax = "proto2"
	}
	var head strings.Builder
	fmt.Fprintf(&head, "syntax = %q;\npackage %s;\nimport %q;\n", syntax, c.pkg, fd.GetName())
	for _, dep := range fd.Dependency {
		fmt.Fprintf(&head, "import %q;\n", dep)
	}
	c.messages(fd.MessageType, fd.GetPackage())
	c.enums(fd.EnumType, fd.GetPackage())
	for _, service := range fd.Service {
		c.body.WriteString(c.describe(scoped(fd.GetPackage(), service.GetName())))
	}
	return head.String() + c.body.String()
}

func (c *describeCheck) describe(name string) string {
	d, err := c.schema.Describe(context.Background(), name)
	if err != nil {
		c.Fatalf("describe %s: %v", name, err)
	}
	return d.Text
}

func (c *describeCheck) add(scope, name string, want proto.Message) {
	fmt.Fprintf(&c.body, "message W%d {\n%s}\n", len(c.scopes), c.describe(scoped(scope, name)))
	c.scopes = append(c.scopes, scope)
	c.nested = append(c.nested, want)
}

func (c *describeCheck) messages(list []*descriptorpb.DescriptorProto, scope string) {
	for _, m := range list {
		full := scoped(scope, m.GetName())
		// An extension can be declared only once.
		if !hasExtensions(m) && !m.GetOptions().GetMapEntry() {
			c.add(scope, m.GetName(), m)
		}
		c.messages(m.NestedType, full)
		c.enums(m.EnumType, full)
	}
}

func hasExtensions(m *descriptorpb.DescriptorProto) bool {
	return len(m.Extension) > 0 || slices.ContainsFunc(m.NestedType, hasExtensions)
}

func (c *describeCheck) enums(list []*descriptorpb.EnumDescriptorProto, scope string) {
	for _, e := range list {
		c.add(scope, e.GetName(), e)
	}
}

// compare counts the types, and those that are as they should be.
func (c *describeCheck) compare(got *descriptorpb.FileDescriptorProto) (all, equal int) {
	want := &descriptorpb.FileDescriptorProto{Name: c.want.Name, Service: c.want.Service}
	for i, m := range c.nested {
		wrapper := &descriptorpb.DescriptorProto{Name: new(fmt.Sprintf("W%d", i))}
		switch m := m.(type) {
		case *descriptorpb.DescriptorProto:
			wrapper.NestedType = append(wrapper.NestedType, m)
		case *descriptorpb.EnumDescriptorProto:
			wrapper.EnumType = append(wrapper.EnumType, m)
		}
		want.MessageType = append(want.MessageType, wrapper)
	}
	want = c.normal(want)
	for i, m := range got.MessageType {
		// A map's entry and a group's body are declared with their field.
		rename(m.NestedType, fmt.Sprintf(".%s.W%d.", c.pkg, i), "."+scoped(c.scopes[i], ""))
		all++
		if c.same(m, want.MessageType[i]) {
			equal++
		}
	}
	for i, s := range got.Service {
		all++
		if c.same(s, want.Service[i]) {
			equal++
		}
	}
	return all, equal
}

func rename(list []*descriptorpb.DescriptorProto, from, to string) {
	for _, m := range list {
		for _, f := range m.Field {
			if rest, ok := strings.CutPrefix(f.GetTypeName(), from); ok {
				f.TypeName = new(to + rest)
			}
		}
		rename(m.NestedType, from, to)
	}
}
