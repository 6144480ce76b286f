// Package sanitize turns untrusted HTML into [feed.HTML]. It is the only maker
// of that type from what came over the network.
//
// It works in three steps. A walk over the fragment ([Sanitizer] has one per
// call) understands what the publisher meant and writes it anew: addresses made
// absolute, lazy images woken, players stopped, frames turned into links,
// counters left out, tags nested as they must be. Then the policy, an allowlist
// of bluemonday, goes over all of it; what the walk writes passes it unchanged,
// and were the walk wrong, the policy would still hold. Last, a short pass adds the
// attributes that every link, image and player has ([forced]), and writes plainly
// the quotes that bluemonday escapes in text, where they mean nothing.
//
// The invariants, each held by a test:
//
//   - the output has only elements, attributes and schemes of the allowlist;
//   - it is balanced, and stays inside of whatever element it is put into;
//   - none of its elements switches an HTML parser to another way of reading
//     (no raw text, no svg, no math, no comments), so every browser reads it alike;
//   - a sanitised text sanitises to itself;
//   - the time is linear in the length of the input, the depth is bounded, and
//     no input fails.
//
// [Text] and [Title] make plain text, which a template still has to escape.
package sanitize

import (
	"bytes"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"

	"tidings/internal/feed"
)

// Sanitizer makes [feed.HTML]. It is safe for concurrent use.
type Sanitizer struct {
	policy   *bluemonday.Policy
	elements map[string]*element
	trackers *trackers
	walks    sync.Pool // of *work
}

// work is the memory of one call, kept for the next.
type work struct {
	walk
	guarded bytes.Buffer
	tail    []byte
}

// maxKept bounds the memory that is kept from call to call, in bytes.
const maxKept = 1 << 20

// New returns a Sanitizer. Making one is dear; make one and keep it.
func New() *Sanitizer {
	s := &Sanitizer{policy: newPolicy(), elements: elements(), trackers: newTrackers(trackerList)}
	s.walks.New = func() any {
		return &work{walk: walk{tree: tree{elements: s.elements}, of: s}}
	}
	return s
}

// HTML sanitises a fragment of HTML, or text without markup. Relative addresses
// are resolved against base, the address of the page that the fragment is from;
// with a nil base they are dropped, and their text is kept. It never fails: what
// can't be read is left out.
func (s *Sanitizer) HTML(fragment string, base *url.URL) feed.HTML {
	if isPlain(fragment) {
		return feed.HTML(fragment)
	}
	if !utf8.ValidString(fragment) {
		fragment = strings.ToValidUTF8(fragment, "\uFFFD")
	}
	w := s.walks.Get().(*work)
	w.run(fragment, base)
	out := s.guard(w)
	if cap(w.out)+w.guarded.Cap()+cap(w.tail) <= maxKept {
		w.scan.reset("")
		s.walks.Put(w)
	}
	return out
}

// guard lets the policy go over what a walk wrote.
func (s *Sanitizer) guard(w *work) feed.HTML {
	w.guarded.Reset()
	clean := bytes.TrimSpace(w.out)
	if err := s.policy.SanitizeReaderToWriter(bytes.NewReader(clean), &w.guarded); err != nil {
		return ""
	}
	w.tail = finish(w.tail[:0], w.guarded.Bytes())
	return feed.HTML(w.tail)
}
