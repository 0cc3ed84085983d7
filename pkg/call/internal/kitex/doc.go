// Package kitex is what Kitex adds to any transport: metainfo in header fields (metainfo.go)
// and the business status (bizstatus.go).
package kitex
