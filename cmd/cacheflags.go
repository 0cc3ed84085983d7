package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/idlcall/idlcall/pkg/cache"
	"github.com/idlcall/idlcall/pkg/idl/load"
	"github.com/idlcall/idlcall/pkg/session"
)

// cacheFlags say what may be used of what earlier runs have learned.
type cacheFlags struct {
	off, refresh bool
	time         optionalDuration
	// offering takes IDL of any server that is at most completionAge old.
	offering bool

	store *cache.Store // nil where there is to be none
}

// completionAge is how old IDL may be for what Tab offers.
const completionAge = time.Hour

// cacheVariable names the folder of the cache, or says cacheOff.
const (
	cacheVariable = "IDLCALL_CACHE"
	cacheOff      = "off"
)

func (f *cacheFlags) bind(c *cobra.Command) {
	s := c.Flags()
	s.BoolVar(&f.off, "no-cache", false, "neither read nor write the cache of compiled IDL and of servers' IDL (IDLCALL_CACHE names its folder, or is off)")
	s.BoolVar(&f.refresh, "refresh", false, "ask the server's reflection again, whatever the cache has")
	s.Var(&f.time, "cache-time", "how old a server's IDL may be that is taken from the cache (default: it is asked each time)")
}

// open makes the store; it touches nothing.
func (f *cacheFlags) open(std streams, verbose int) {
	dir := cacheFolder()
	if f.off || dir == "" {
		return
	}
	o := cache.Options{Dir: dir, Version: version}
	if verbose > 1 {
		o.Failed = func(err error) { fmt.Fprintln(std.err, "* cache:", visible(err.Error())) }
	}
	f.store = cache.New(o)
}

// cacheFolder is the folder of the cache; "" where there is none.
func cacheFolder() string {
	switch dir := os.Getenv(cacheVariable); dir {
	case "":
	case cacheOff:
		return ""
	default:
		return dir
	}
	base, err := os.UserCacheDir()
	if err != nil { // no HOME
		return ""
	}
	return filepath.Join(base, "idlcall")
}

// fill says how a server's IDL may be taken from the cache.
func (f *cacheFlags) fill(o *session.ReflectOptions, tell func(load.CacheEvent, time.Duration)) {
	o.Cache, o.Cached = f.store, tell
	o.Refresh = f.refresh
	switch {
	case f.offering:
		o.MaxAge = completionAge
	case f.time.given && f.time.duration == 0:
		o.MaxAge = -1
	default:
		o.MaxAge = time.Duration(f.time.duration)
	}
}

// cacheTeller tells the user, and of doubts the events too, what becomes of IDL from the cache.
func (f *connFlags) cacheTeller(std streams) func(load.CacheEvent, time.Duration) {
	note := func(format string, args ...any) {
		if f.verbose > 0 {
			fmt.Fprintf(std.err, "* "+format+"\n", args...)
		}
	}
	return func(event load.CacheEvent, age time.Duration) {
		age = age.Round(time.Second)
		switch event {
		case load.CacheUsed:
			note("the server's IDL is from the cache, %v old (--refresh asks again)", age)
		case load.CacheRenewed:
			note("the IDL from the cache does not fit: the server is asked again")
		case load.CacheDoubtful:
			f.warn(std)(fmt.Sprintf("the server's IDL is from the cache, %v old, and may be out of date: --refresh asks again", age))
		}
	}
}
