package server

import (
	"crypto/rand"
	"io"
	"sync"
	"time"
)

// shelf keeps things for a while under names that can't be guessed: what can be
// undone, and reports of imports. It forgets the oldest when it is full, and closes
// what it forgets.
type shelf struct {
	mu    sync.Mutex
	keep  time.Duration
	max   int
	items map[string]shelved
	order []string // oldest first
}

type shelved struct {
	thing any
	until time.Time
}

func newShelf(keep time.Duration, max int) *shelf {
	return &shelf{keep: keep, max: max, items: map[string]shelved{}}
}

// put keeps thing and returns its name.
func (s *shelf) put(thing any) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for len(s.order) > 0 && (len(s.order) >= s.max || now.After(s.items[s.order[0]].until)) {
		s.forget()
	}
	name := rand.Text()
	s.items[name] = shelved{thing, now.Add(s.keep)}
	s.order = append(s.order, name)
	if s.max == 0 {
		s.forget()
	}
	return name
}

// forget forgets the oldest; s is locked.
func (s *shelf) forget() {
	if c, ok := s.items[s.order[0]].thing.(io.Closer); ok {
		_ = c.Close() // what it held is of no use to anybody
	}
	delete(s.items, s.order[0])
	s.order = s.order[1:]
}

// end forgets everything, and what is put from now on.
func (s *shelf) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.max = 0
	for len(s.order) > 0 {
		s.forget()
	}
}

// get returns what was put under name, nil if it is unknown or was kept long enough.
func (s *shelf) get(name string) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	it, ok := s.items[name]
	if !ok || time.Now().After(it.until) {
		return nil
	}
	return it.thing
}

// drop forgets name; its place in the order goes with time.
func (s *shelf) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it, ok := s.items[name]; ok {
		it.thing = nil
		s.items[name] = it
	}
}
