package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/format"
	"github.com/idlcall/idlcall/pkg/idl"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// demoTarget names the server inside the process.
const demoTarget = session.Demo

// open prepares a session. It connects to nothing: reflection does when it is asked.
// target may be empty where IDL is given.
func open(ctx context.Context, std streams, target string, i *idlFlags, c *connFlags, values format.Options) (*session.Session, error) {
	if target == "" && !i.given() {
		return nil, &usageError{err: fmt.Errorf("no IDL"), hint: "give --idl, or --target to ask a server's reflection"}
	}
	o, err := c.session(std, target)
	if err != nil {
		return nil, err
	}
	if err := i.check(); err != nil {
		return nil, err
	}
	i.cache.open(std, c.verbose)
	o.Format, o.Service = values, i.service
	if i.given() {
		files := i.options(std, thriftTransport(&o.Call, c), c.warn(std))
		o.Files = &files
	}
	if target != "" && (i.reflect.given || !i.given()) && (target != demoTarget || i.given()) {
		if o.Reflect, err = i.reflection(ctx, std, c); err != nil {
			return nil, err
		}
	}
	s, err := std.session(ctx, o)
	if t := chosenTransport(&o.Call); o.Reflect != nil && is[*session.UsageError](err) {
		err = &usageError{err: fmt.Errorf("no IDL"), hint: "give --idl: servers of transport " + t.String() + " have no reflection to ask"}
	}
	return s, err
}

// session opens a session, or borrows that of the shell.
func (std streams) session(ctx context.Context, o session.Options) (*session.Session, error) {
	if std.inside != nil {
		return std.inside.session(std.err, o, func(o session.Options) (*session.Session, error) {
			return session.Open(context.WithoutCancel(ctx), o)
		})
	}
	s, err := session.Open(ctx, o)
	if err == nil && s.Schema() != nil {
		// Lookups of types have no context of the command's.
		context.AfterFunc(ctx, func() { _ = s.Schema().Close(ctx.Err()) })
	}
	return s, err
}

// session are the options of a target, which may be empty.
func (f *connFlags) session(std streams, target string) (o session.Options, err error) {
	if o.Target = target; target == "" {
		return o, nil
	}
	if o.Call, err = f.options(); err != nil {
		return o, err
	}
	if o.Common, err = f.rpc(); err != nil {
		return o, err
	}
	o.Retry = session.Retry{Attempts: f.retry, Delay: f.delay(), Wait: time.Duration(f.wait)}
	if o.Protocol = f.thrift.protocol; f.connectJSON {
		o.Protocol = stream.JSON
	}
	o.Common.Trace = f.trace(std)
	if target == demoTarget {
		if err := f.checkDemo(); err != nil {
			return o, err
		}
	} else if o.Call.Targets, err = call.ParseTargets(target); err != nil {
		return o, err
	}
	switch isConnect := chosenTransport(&o.Call) == call.Connect; {
	case f.connectJSON && !isConnect:
		return o, usage("--connect-json is for -t connect")
	case f.thrift.protocol != stream.Binary && isConnect:
		return o, usage("--protocol is for Thrift: with -t connect, --connect-json has JSON bodies")
	}
	return o, f.check(o.Call.Targets)
}

// trace tells the user, and the events, of one RPC after another.
func (f *connFlags) trace(std streams) *stream.Trace {
	return stream.Tee(tracer(std.err, f.verbose, f.secrets), f.events.trace(), f.progress.trace())
}

// reflection is how the server is asked.
func (f *idlFlags) reflection(ctx context.Context, std streams, c *connFlags) (*session.ReflectOptions, error) {
	md, err := c.metadata(ctx, std, f.reflectHeaders...)
	if err != nil {
		return nil, err
	}
	o := &session.ReflectOptions{
		ReflectOptions: load.ReflectOptions{Metadata: md, Service: undotted(f.service), Version: f.reflect.version, Warn: c.warn(std)},
		Trace:          stream.Tee(tracer(std.err, c.verbose, c.secrets), c.events.lookups()),
	}
	f.cache.fill(o, c.cacheTeller(std))
	return o, nil
}

// warn tells the user, and the events, what is wrong but does no harm.
func (f *connFlags) warn(std streams) func(string) {
	return func(message string) {
		warner(std.err)(message)
		f.events.warning(message)
	}
}

// chosenTransport is what flag or target say, empty where neither does.
func chosenTransport(o *call.Options) call.Transport {
	if o.Transport != "" || len(o.Targets) == 0 {
		return o.Transport
	}
	return o.Targets[0].Transport
}

// thriftTransport is the transport that a Thrift IDL would go over, empty for the
// default of its methods.
func thriftTransport(o *call.Options, c *connFlags) call.Transport {
	switch t := chosenTransport(o); {
	case t != "":
		return t
	case len(o.Targets) > 0 && o.Targets[0].HTTP:
		return call.HTTP
	}
	return c.transport
}

// save writes the IDL of the symbols if the user wants it.
func (f *idlFlags) saveFrom(ctx context.Context, s *session.Session, symbols ...string) error {
	if f.save == "" || s.Schema() == nil {
		return nil
	}
	return s.Schema().Save(ctx, idl.SaveOptions{Dest: f.save, Force: f.force}, symbols...)
}

// delay is --retry-delay, as session.Retry has it: 0 is as good as none, but not the default.
func (f *connFlags) delay() time.Duration {
	if f.retryDelay.given {
		return max(time.Duration(f.retryDelay.duration), 1)
	}
	return 0
}
