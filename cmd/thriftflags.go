package cmd

import (
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/call"
	"github.com/idlcall/idlcall/pkg/stream"
)

// thriftFlags say what travels around a Thrift message.
type thriftFlags struct {
	protocol            stream.Protocol
	multiplex           string
	transient, persists []string
	toService           string
	ints                []string
	pathPackage         string
}

func (f *thriftFlags) bind(c *cobra.Command) {
	f.bindProtocol(c, "binary", "compact", "json")
	s := c.Flags()
	s.StringVar(&f.multiplex, "multiplex", "", "`NAME` of the service on a server with Apache's multiplexed protocol")
	listVar(s, &f.transient, "meta", "", "transient Kitex metainfo `KEY=VALUE`, for the next hop")
	listVar(s, &f.persists, "persist", "", "persistent Kitex metainfo `KEY=VALUE`, for all hops")
	s.StringVar(&f.toService, "to-service", "", "`NAME` of the destination where it is registered (TTHeader key 6)")
	s.StringVar(&f.pathPackage, "path-package", "", "`NAME` of a package before the Thrift service in the HTTP/2 path, with -t grpc")
	listVar(s, &f.ints, "tt-int", "", "TTHeader integer key `KEY=VALUE`, as 14=abc")
}

// bindProtocol binds what concerns the bytes of the message itself.
func (f *thriftFlags) bindProtocol(c *cobra.Command, names ...string) {
	c.Flags().TextVar(&f.protocol, "protocol", stream.Binary, "Thrift `PROTOCOL`: "+strings.Join(names, ", "))
}

func (f *thriftFlags) fill(o *call.Options) error {
	o.Multiplex, o.ToService, o.PathPackage = f.multiplex, f.toService, f.pathPackage
	for i, text := range f.ints {
		key, value, ok := strings.Cut(text, "=")
		n, err := strconv.ParseUint(key, 10, 16)
		if !ok || err != nil {
			return usage("--tt-int, value %d: want KEY=VALUE with a key from 0 to 65535", i+1)
		}
		if _, dup := o.IntInfo[uint16(n)]; dup {
			return usage("--tt-int: key %d is given twice", n)
		}
		if o.IntInfo == nil {
			o.IntInfo = map[uint16]string{}
		}
		o.IntInfo[uint16(n)] = value
	}
	return nil
}

// pairs splits KEY=VALUE. Its error does not quote what may be a value.
func pairs(flag string, values []string) (stream.Metadata, error) {
	var md stream.Metadata
	for i, text := range values {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, usage("%s, value %d: want KEY=VALUE", flag, i+1)
		}
		md = append(md, stream.Pair{Name: key, Value: value})
	}
	return md, nil
}
