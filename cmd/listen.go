package cmd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/serve/certs"
	"github.com/idlcall/idlcall/pkg/stream"
)

// listenFlags say where a command that serves listens, and how it ends.
type listenFlags struct {
	address    string
	cert, key  string
	selfSigned string
	clientCA   string
	grace      duration
	// prefix is that of --cert and --key: a command that is a client, too, has these for that.
	prefix string
}

func (f *listenFlags) bind(c *cobra.Command) {
	c.Flags().StringVarP(&f.address, "listen", "l", "localhost:50051", "`ADDRESS` to listen on: host:port, :port for all interfaces, port 0 for a free one, unix:///path")
	f.bindRest(c)
}

// bindBeside is bind for a command that has the flags of a client, too, and that cannot know
// where to listen.
func (f *listenFlags) bindBeside(c *cobra.Command) {
	f.prefix = "listen-"
	c.Flags().StringVarP(&f.address, "listen", "l", "", "`ADDRESS` to listen on: host:port, :port for all interfaces, port 0 for a free one, unix:///path")
	f.bindRest(c)
}

func (f *listenFlags) bindRest(c *cobra.Command) {
	f.grace = duration(10 * time.Second)
	s := c.Flags()
	s.StringVar(&f.cert, f.prefix+"cert", "", "`FILE` of the certificate of this server (PEM); clients without TLS are served, too")
	s.StringVar(&f.key, f.prefix+"key", "", "`FILE` of its private key (PEM)")
	s.StringVar(&f.selfSigned, "self-signed", "", "make a certificate for this run, for localhost and the address; =`FILE` writes it there, for --cacert of clients")
	s.Lookup("self-signed").NoOptDefVal = "-"
	s.StringVar(&f.clientCA, "client-ca", "", "refuse clients without a certificate that those in `FILE` (PEM) have signed")
	s.Var(&f.grace, "grace", "time that calls under way have to end after Ctrl-C; a second Ctrl-C ends them")
}

// isTLS reports whether clients may speak TLS.
func (f *listenFlags) isTLS() bool { return f.cert != "" || f.selfSigned != "" }

func (f *listenFlags) check() error {
	switch {
	case f.address == "":
		return &usageError{err: fmt.Errorf("no --listen"), hint: "give an address, as --listen :8080"}
	case f.cert != "" && f.key == "":
		return usage("--%scert without --%[1]skey", f.prefix)
	case f.key != "" && f.cert == "":
		return usage("--%skey without --%[1]scert", f.prefix)
	case f.cert != "" && f.selfSigned != "":
		return usage("--%scert contradicts --self-signed", f.prefix)
	case f.clientCA != "" && !f.isTLS():
		return usage("--client-ca without --%scert or --self-signed", f.prefix)
	}
	return nil
}

// tls is what clients that speak TLS get; nil where they may not.
func (f *listenFlags) tls() (*tls.Config, error) {
	if !f.isTLS() {
		return nil, nil
	}
	var cert tls.Certificate
	var err error
	if f.cert != "" {
		if cert, err = tls.LoadX509KeyPair(f.cert, f.key); err != nil {
			return nil, usage("--%scert %s, --%[1]skey %[3]s: %[4]w", f.prefix, f.cert, f.key, err)
		}
	} else {
		var pem []byte
		host, _, _ := net.SplitHostPort(f.address)
		if cert, pem, err = certs.SelfSigned(host); err != nil {
			return nil, err
		}
		if f.selfSigned != "-" {
			if err := os.WriteFile(f.selfSigned, pem, 0o644); err != nil { //nolint:gosec // a certificate is public
				return nil, usage("--self-signed: %w", err)
			}
		}
	}
	config := certs.Server(cert)
	if f.clientCA != "" {
		pem, err := os.ReadFile(f.clientCA)
		if err != nil {
			return nil, usage("--client-ca: %w", err)
		}
		if err := certs.Require(config, pem); err != nil {
			return nil, usage("--client-ca %s: %w", f.clientCA, err)
		}
	}
	return config, nil
}

// listenError is an address that cannot be listened on.
type listenError struct {
	address string
	err     error
}

func (e *listenError) Error() string { return "listen on " + e.address + ": " + plainNet(e.err) }
func (e *listenError) Unwrap() error { return e.err }

// Outcome is KindUsage: the address is the caller's choice.
func (*listenError) Outcome() stream.Outcome { return stream.Outcome{Kind: stream.KindUsage} }

// plainNet is an error without the operation and the address, which are told already.
func plainNet(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err.Error()
	}
	return err.Error()
}

// listen opens the address, and tells on stderr what that came to be.
func (f *listenFlags) listen(ctx context.Context, std streams) (net.Listener, error) {
	network, address := "tcp", f.address
	if path, ok := strings.CutPrefix(address, "unix://"); ok && strings.HasPrefix(path, "/") {
		network, address = "unix", path
	} else if name, ok := strings.CutPrefix(address, "unix:"); ok && strings.HasPrefix(name, "@") {
		network, address = "unix", name
	} else if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, &usageError{err: fmt.Errorf("--listen %s: %s", address, plainAddress(err)), hint: "give host:port, :port or unix:///path"}
	}
	if network == "tcp" && strings.HasPrefix(f.address, "unix:") {
		return nil, &usageError{err: fmt.Errorf("--listen %s: no path", f.address), hint: "give unix:///path or unix:@name"}
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, network, address)
	if network == "unix" && errors.Is(err, syscall.EADDRINUSE) && isStale(address) {
		if err = os.Remove(address); err == nil {
			l, err = config.Listen(ctx, network, address)
		}
	}
	if err != nil {
		return nil, &listenError{f.address, err}
	}
	shown := l.Addr().String()
	if network == "unix" {
		shown = "unix://" + address
		if strings.HasPrefix(address, "@") {
			shown = "unix:" + address
		}
	}
	fmt.Fprintf(std.err, "listening on %s\n", shown)
	return l, nil
}

// isStale reports whether a socket is left over from a process that has not ended well: nobody
// answers on it.
func isStale(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSocket == 0 {
		return false
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = c.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}

func plainAddress(err error) string {
	if a, ok := errors.AsType[*net.AddrError](err); ok {
		return a.Err
	}
	return err.Error()
}

// stages are the ends of a command that serves: draining ends with the first signal, and hard,
// which is for calls under way, when the grace is over. A second signal kills the process.
func (f *listenFlags) stages(ctx context.Context) (hard, draining context.Context, stop func()) {
	draining, listen, silence := interruptible(ctx)
	listen()
	hard, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	release := context.AfterFunc(draining, func() {
		time.AfterFunc(time.Duration(f.grace), func() { cancel(errInterrupted) })
	})
	return hard, draining, func() {
		release()
		cancel(nil)
		silence()
	}
}
