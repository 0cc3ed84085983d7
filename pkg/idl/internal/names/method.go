package names

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/idlcall/idlcall/pkg/idl"
)

// Services is what FindMethod looks into. S is a service as a language has it.
type Services[S any] interface {
	// FindService finds a service by its name, or a shorter one that means it. If
	// there is none, the error is a *idl.NotFoundError.
	FindService(ctx context.Context, name string) (S, error)
	// MethodsOf returns the name that a service is listed by, and the names of its
	// methods, inherited ones last.
	MethodsOf(service S) (name string, methods []string, err error)
	// Candidates are the services that may have a bare method: those of the files
	// that the user named, or the others.
	Candidates(ctx context.Context, named bool) ([]S, error)
	// Same is the one that several services are which are listed by one name.
	Same(found []S) (S, error)
	// Lacks completes the error of a bare method that no service has.
	Lacks(ctx context.Context, missing *idl.NotFoundError)
}

// FindMethod finds "pkg.Service/Method", "pkg.Service.Method", "Service/Method", or a
// bare "Method": of the given service, if that is not empty, or else of the one that has
// it. What the user named goes before what that imports.
func FindMethod[S any](ctx context.Context, in Services[S], name, given string) (found S, method string, err error) {
	var none S
	service, method := splitMethod(name)
	if service == "" {
		service = given
	}
	if service == "" {
		found, err = bareMethod(ctx, in, method)
		return found, method, err
	}
	if found, err = in.FindService(ctx, service); err != nil {
		if IsMissing(err) && service+"."+method == name {
			if s, err2 := in.FindService(ctx, name); err2 == nil { // a service, not a method
				err = noMethod(in, s, name)
			}
		}
		return none, "", err
	}
	full, all, err := in.MethodsOf(found)
	switch {
	case err != nil:
		return none, "", err
	case slices.Contains(all, method):
		return found, method, nil
	}
	return none, "", &idl.NotFoundError{Kind: "method", Name: method, In: full, Nearest: idl.Nearest(method, qualified(full, all))}
}

// splitMethod cuts a method's name in two: "pkg.Service" and "Method". The
// service is empty for a bare name.
func splitMethod(name string) (service, method string) {
	name = strings.TrimPrefix(name, "/")
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return Cut(name)
}

// IsMissing reports whether an error says that there is no such name.
func IsMissing(err error) bool {
	_, ok := errors.AsType[*idl.NotFoundError](err)
	return ok
}

// noMethod says that a service is no method, and names some that are, for want of a
// better guess.
func noMethod[S any](in Services[S], service S, name string) error {
	full, all, err := in.MethodsOf(service)
	if err != nil {
		return err
	}
	return &idl.NotFoundError{Kind: "method", Name: name, Nearest: qualified(full, all[:min(len(all), idl.MaxNearest)])}
}

func qualified(service string, methods []string) []string {
	var all []string
	for _, m := range methods {
		all = append(all, service+"/"+m)
	}
	return all
}

// bareMethod finds the one service that has a method.
func bareMethod[S any](ctx context.Context, in Services[S], method string) (found S, err error) {
	var all []string
	for _, named := range []bool{true, false} {
		candidates, err := in.Candidates(ctx, named)
		if err != nil {
			return found, err
		}
		var have []S
		var full []string
		for _, s := range candidates {
			service, methods, err := in.MethodsOf(s)
			if err != nil {
				return found, err
			}
			all = append(all, qualified(service, methods)...)
			if slices.Contains(methods, method) {
				have, full = append(have, s), append(full, service+"/"+method)
			}
		}
		if full = Sorted(full); len(full) > 1 {
			return found, &idl.AmbiguousError{Kind: "method", Name: method, Candidates: full}
		}
		if len(have) > 0 {
			return in.Same(have)
		}
	}
	missing := &idl.NotFoundError{Kind: "method", Name: method, Nearest: idl.Nearest(method, all)}
	in.Lacks(ctx, missing)
	return found, missing
}
