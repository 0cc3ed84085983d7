package cmd

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/idlcall/idlcall/pkg/gateway"
)

// Limits of a gateway beside those that flags set.
const (
	headerTime  = 10 * time.Second // for the headers of a request
	bodyTime    = time.Minute      // for the body, unless it is a stream
	idleTime    = 2 * time.Minute  // between two requests on a connection
	headerLimit = 64 << 10
)

// serve is a gateway until a signal ends it.
func (o *httpOptions) serve(ctx context.Context, std streams) error {
	hard, draining, stop := o.listen.stages(ctx)
	defer stop()
	s, g, err := o.open(hard, std, nil)
	if err != nil {
		return err
	}
	defer s.Close()
	if o.openapi {
		g.PublishOpenAPI(gateway.Info{Version: "1"})
	}
	config, err := o.listen.tls()
	if err != nil {
		return err
	}
	l, err := o.listen.listen(ctx, std)
	if err != nil {
		return err
	}
	if config != nil {
		config.NextProtos = []string{"http/1.1"}
		l = tls.NewListener(l, config)
	}
	server := &http.Server{
		Handler: o.bounded(g), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerLimit,
		BaseContext: func(net.Listener) context.Context { return hard },
		ErrorLog:    log.New(io.Discard, "", 0), //nolint:forbidigo // clients that break off are no news
	}
	return o.drain(hard, draining, server, l)
}

// bounded gives each request the time of --timeout.
func (o *httpOptions) bounded(next http.Handler) http.Handler {
	if o.timeout == 0 {
		return next
	}
	limit := time.Duration(o.timeout)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeoutCause(r.Context(), limit, &deadlineError{limit.String()})
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// drain serves until draining ends, and then for as long as requests under way and hard
// last.
func (o *httpOptions) drain(hard, draining context.Context, server *http.Server, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return &listenError{o.listen.address, err}
	case <-draining.Done():
	}
	if server.Shutdown(hard) != nil {
		_ = server.Close()
	}
	return nil
}
