package protoidl

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// scope is what has declarations inside: a file or a message.
type scope interface {
	Messages() protoreflect.MessageDescriptors
	Enums() protoreflect.EnumDescriptors
	Extensions() protoreflect.ExtensionDescriptors
}

// descend finds what a file declares under a full name; nil if nothing.
func descend(fd protoreflect.FileDescriptor, full string) protoreflect.Descriptor {
	rest := full
	if pkg := string(fd.Package()); pkg != "" {
		var ok bool
		if rest, ok = strings.CutPrefix(full, pkg+"."); !ok {
			return nil
		}
	}
	head, tail, more := strings.Cut(rest, ".")
	if sd := fd.Services().ByName(protoreflect.Name(head)); sd != nil {
		if !more {
			return sd
		}
		if m := sd.Methods().ByName(protoreflect.Name(tail)); m != nil {
			return m
		}
		return nil
	}
	return descendScope(fd, head, tail, more)
}

func descendScope(in scope, head, tail string, more bool) protoreflect.Descriptor {
	name := protoreflect.Name(head)
	if md := in.Messages().ByName(name); md != nil {
		if !more {
			return md
		}
		head, tail, more = strings.Cut(tail, ".")
		if d := descendScope(md, head, tail, more); d != nil || more {
			return d
		}
		return member(md, protoreflect.Name(head))
	}
	if ed := in.Enums().ByName(name); ed != nil {
		if !more {
			return ed
		}
		if v := ed.Values().ByName(protoreflect.Name(tail)); v != nil {
			return v // "pkg.Enum.VALUE", which is not its full name but clear
		}
		return nil
	}
	if more {
		return nil
	}
	if xd := in.Extensions().ByName(name); xd != nil {
		return xd
	}
	enums := in.Enums()
	for i := range enums.Len() {
		if v := enums.Get(i).Values().ByName(name); v != nil {
			return v
		}
	}
	return nil
}

func member(md protoreflect.MessageDescriptor, name protoreflect.Name) protoreflect.Descriptor {
	if f := md.Fields().ByName(name); f != nil {
		return f
	}
	if o := md.Oneofs().ByName(name); o != nil {
		return o
	}
	return nil
}
