package main

import (
	"compress/gzip"
	"io"

	"github.com/cloudwego/kitex/pkg/remote/codec/protobuf/encoding"
)

// compressor is gzip for gRPC. Kitex's own registers itself for all servers of a
// program that imports it.
type compressor struct{}

func registerGzip() { encoding.RegisterCompressor(compressor{}) }

func (compressor) Name() string { return "gzip" }

func (compressor) Compress(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }

func (compressor) Decompress(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
