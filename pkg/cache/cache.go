package cache

import (
	"cmp"
	"fmt"
	"sync"
	"time"
)

// Options say where entries are and whose.
type Options struct {
	// Dir is the folder; the first entry makes it.
	Dir string
	// Version is that of the program, whose entries alone it reads. It is asked
	// for when it is first needed.
	Version func() string
	// Failed, if it is set, is told by Settle why something could not be kept.
	Failed func(error)
	// Patience is how long Settle waits; 0 stands for a second.
	Patience time.Duration
}

// Store is a folder of entries. A nil Store has none and keeps none.
type Store struct {
	dir      string
	version  func() string
	failed   func(error)
	patience time.Duration

	mu     sync.Mutex
	writes []chan error // those that Settle has not waited for
}

// New is a store. It touches nothing.
func New(o Options) *Store {
	return &Store{dir: o.Dir, version: sync.OnceValue(o.Version), failed: o.Failed, patience: cmp.Or(o.Patience, defaultPatience)}
}

// Get returns the entry of a key, if there is a sound one.
func (s *Store) Get(k Key) (e Entry, ok bool) {
	if s == nil {
		return e, false
	}
	f, err := openFolder(s.dir)
	if err != nil {
		return e, false
	}
	defer f.close()
	b, err := f.read(k.name())
	if err != nil {
		return e, false
	}
	return decode(b, k, s.version())
}

// Put keeps what data returns, unless that is nothing or more than MaxEntry. It does not
// wait: data is called in a goroutine of its own, and Settle waits for it.
func (s *Store) Put(k Key, data func() ([]byte, error)) {
	if s == nil {
		return
	}
	made := time.Now()
	done := make(chan error, 1)
	s.mu.Lock()
	s.writes = append(s.writes, done)
	s.mu.Unlock()
	go func() { done <- s.write(k, made, data) }()
}

// write keeps one entry.
func (s *Store) write(k Key, made time.Time, data func() ([]byte, error)) (err error) {
	content, err := data()
	if err != nil || len(content) == 0 || len(content) > MaxEntry {
		return err
	}
	f, err := makeFolder(s.dir)
	if err != nil {
		return err
	}
	defer f.close()
	if err := f.write(k.name(), encode(k, s.version(), Entry{content, made})); err != nil {
		return err
	}
	if due(k, len(content)) {
		f.prune(made)
	}
	return nil
}

// Drop removes the entry of a key, if there is one.
func (s *Store) Drop(k Key) {
	if s == nil {
		return
	}
	f, err := openFolder(s.dir)
	if err != nil {
		return
	}
	defer f.close()
	_ = f.root.Remove(k.name())
}

// defaultPatience bounds Settle: a folder on a disk that hangs holds up nobody for long.
const defaultPatience = time.Second

// Settle waits for what is being put, but not for longer than Options.Patience, and tells
// Options.Failed what could not be. A process that ends without it may lose entries, and
// leaves none that is broken.
func (s *Store) Settle() {
	if s == nil {
		return
	}
	s.mu.Lock()
	writes := s.writes
	s.writes = nil
	s.mu.Unlock()
	if len(writes) == 0 {
		return
	}
	limit := time.NewTimer(s.patience)
	defer limit.Stop()
	for _, done := range writes {
		select {
		case err := <-done:
			s.tell(err)
		case <-limit.C:
			s.tell(fmt.Errorf("writing to %s takes longer than %v", s.dir, s.patience))
			return
		}
	}
}

func (s *Store) tell(err error) {
	if err != nil && s.failed != nil {
		s.failed(err)
	}
}
