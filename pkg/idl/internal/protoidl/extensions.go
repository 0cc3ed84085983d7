package protoidl

import (
	"context"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl/internal/names"
	"github.com/idlcall/idlcall/pkg/idl/internal/protoscan"
)

// extKey finds candidates for an extension before names are resolved: the last
// part of the extended message's name, and the number.
type extKey struct {
	last   string
	number int32
}

// findExtension finds the declaration of an extension by what it extends; nil if
// there is none. It reads every file the first time, since any of them may
// extend any message.
func (p *pool) findExtension(ctx context.Context, message string, number int32) (*decl, error) {
	if err := p.readAll(ctx); err != nil {
		return nil, err
	}
	if d, err := p.pickExtension(ctx, message, number); d != nil || err != nil || p.remote == nil {
		return d, err
	}
	if strings.HasPrefix(message, "google.protobuf.") {
		return nil, nil // custom options: the server has sent what they need
	}
	if err := p.fetchExtension(ctx, message, number); err != nil {
		return nil, err
	}
	return p.pickExtension(ctx, message, number)
}

func (p *pool) pickExtension(ctx context.Context, message string, number int32) (*decl, error) {
	for ; p.indexed < len(p.files); p.indexed++ {
		for _, d := range p.files[p.indexed].decls {
			for _, x := range d.look().Extensions {
				key := extKey{names.Last(x.Extendee.Name), x.Number}
				p.extends[key] = append(p.extends[key], d)
			}
		}
	}
	for _, d := range p.extends[extKey{names.Last(message), number}] {
		ok, err := p.extendsMessage(ctx, d, message, number)
		if ok || err != nil {
			return d, err
		}
	}
	return nil, nil
}

// extendsMessage checks a candidate by resolving what it extends.
func (p *pool) extendsMessage(ctx context.Context, d *decl, message string, number int32) (bool, error) {
	return d.extensionName(ctx, p, message, number) != "", ctx.Err()
}

// extensionName is the full name of the extension of message with number that d
// declares, if it does.
func (d *decl) extensionName(ctx context.Context, p *pool, message string, number int32) string {
	for _, x := range d.look().Extensions {
		if x.Number != number || names.Last(x.Extendee.Name) != names.Last(message) {
			continue
		}
		if full, absolute := strings.CutPrefix(x.Extendee.Name, "."); absolute || d.file.raw == nil {
			if full == message {
				return x.Name
			}
		}
		if to, err := p.resolve(ctx, d.file, x.Extendee); err == nil && to != nil && to.scopedAs(x.Extendee, message) {
			return x.Name
		}
	}
	return ""
}

// scopedAs reports whether a reference that led to d means the message.
func (d *decl) scopedAs(r protoscan.Ref, message string) bool {
	return d.file.lookup(message) == d && strings.HasSuffix("."+message, "."+r.Name)
}
