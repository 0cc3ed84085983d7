package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/health"
	"github.com/idlcall/idlcall/pkg/session"
	"github.com/idlcall/idlcall/pkg/stream"
)

// healthOptions is the command line of "health".
type healthOptions struct {
	target   string
	services []string
	watch    bool
	timeout  duration
	conn     connFlags
}

const healthLong = `Ask a server whether it, or each SERVICE, is well (grpc.health.v1). The exit code
is 0 only when all are SERVING, and 8 when one is not. With --wait, a server that is not
there or not SERVING yet is asked again for so long.
`

func newHealth(std streams, run func(context.Context, streams, *healthOptions) error) *cobra.Command {
	o := &healthOptions{}
	c := &cobra.Command{
		Use:   "health TARGET [SERVICE]... [flags]",
		Short: "Ask whether a server is well",
		Long:  healthLong,
		Example: `  idlcall health localhost:50051
  idlcall health localhost:50051 shop.Shop --wait 30s
  idlcall health localhost:50051 --watch`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return arguments(1, "TARGET")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			var err error
			if o.target, err = configured(c.Flags(), args[0]); err != nil {
				return err
			}
			o.services = args[1:]
			return run(c.Context(), std, o)
		},
	}
	o.conn.bind(c)
	c.Flags().BoolVar(&o.watch, "watch", false, "go on telling when the status changes, until Ctrl-C or --timeout")
	c.Flags().Var(&o.timeout, "timeout", "time for the whole command")
	if std.completing {
		k := &completer{c: c, conn: &o.conn}
		k.register()
		c.ValidArgsFunction = k.oneTarget
	}
	return c
}

func runHealth(ctx context.Context, std streams, o *healthOptions) error {
	ctx, stop := std.life.bound(ctx, time.Duration(o.timeout))
	defer stop()
	if o.watch && len(o.services) > 1 {
		return usage("--watch: one service can be watched at a time")
	}
	s, err := o.open(ctx, std)
	if err != nil {
		return err
	}
	defer s.Close()
	md, err := o.conn.metadata(ctx, std)
	if err != nil {
		return err
	}
	with := func(rpc *stream.Call) { rpc.Header = md }
	std.life.drive(o.watch)
	if o.watch {
		return o.watchOne(ctx, std, s, with)
	}
	if len(o.services) == 0 {
		o.services = []string{""}
	}
	var ill error
	for _, service := range o.services {
		err := o.check(ctx, std, s, service, with)
		if err != nil && !is[*health.NotServingError](err) {
			return err
		}
		if ill == nil {
			ill = err
		}
	}
	return ill
}

// open prepares a session with the IDL of health only.
func (o *healthOptions) open(ctx context.Context, std streams) (*session.Session, error) {
	options, err := o.conn.session(std, o.target)
	if err != nil {
		return nil, err
	}
	if t := chosenTransport(&options.Call); t != "" && !t.HasStatus() {
		return nil, usage("servers of transport %s have no health to ask for", t)
	}
	options.Files = health.IDL()
	return session.Open(ctx, options)
}

// check asks for one service until it is well, or there is no more time to wait.
func (o *healthOptions) check(ctx context.Context, std streams, s *session.Session, service string, with session.CallOption) error {
	const pause = 200 * time.Millisecond
	for end := time.Now().Add(time.Duration(o.conn.wait)); ; {
		status, err := health.Check(ctx, s, service, with)
		left := time.Until(end)
		if left > 0 && isIll(status, err) {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-time.After(min(pause, left)):
			}
			continue
		}
		if err != nil {
			return err
		}
		if err := tellHealth(std, service, status); err != nil {
			return err
		}
		return serving(service, status)
	}
}

// isIll reports whether a server may be well later.
func isIll(status string, err error) bool {
	if err != nil {
		outcome := stream.OutcomeOf(err)
		return outcome.Kind == stream.KindStatus && outcome.Code == int64(stream.Unavailable)
	}
	return status != health.Serving
}

func serving(service, status string) error {
	if status == health.Serving {
		return nil
	}
	return &health.NotServingError{Service: service, Status: status}
}

// watchOne tells the statuses of one service; the last of them counts, also where --timeout
// ends it.
func (o *healthOptions) watchOne(ctx context.Context, std streams, s *session.Session, with session.CallOption) error {
	service, last := "", ""
	if len(o.services) > 0 {
		service = o.services[0]
	}
	// The server is not told of the deadline: at the end of it there would be two opinions
	// about how the watch ended.
	watching, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	defer context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })()
	err := health.Watch(watching, s, service, func(status string) error {
		last = status
		return tellHealth(std, service, status)
	}, with)
	if last != "" && (err == nil || is[*deadlineError](context.Cause(ctx))) {
		return serving(service, last)
	}
	return err
}

// tellHealth prints a status.
func tellHealth(std streams, service, status string) error {
	line := struct {
		Service string `json:"service,omitempty"`
		Status  string `json:"status"`
	}{service, status}
	_, err := fmt.Fprintf(std.out, "%s", lineJSON(line))
	return asOutput(err)
}
