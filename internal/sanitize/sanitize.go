// Package sanitize turns untrusted HTML into [feed.HTML]. It is the only maker
// of that type from what came over the network.
//
// What the publisher wrote is kept as it is, empty or not, as long as it is
// harmless: markup is not a matter of our taste. What is left out is left out
// whole: scripts and styles with their content, attributes that act or that
// reach out of the text (class, style, target), and whatever counts readers. Of
// forms, boxes and buttons stay to be looked at, disabled. What our own pages
// want of HTML (an alt for every picture, one h1) is the business of those who
// make them.
//
// It works in two steps. A walk over the fragment ([Sanitizer] has one per call)
// understands what the publisher meant and writes it anew: addresses made
// absolute, lazy images woken, players stopped, frames turned into links,
// counters left out, tags nested as they must be. Then a guard, which knows
// nothing of the walk, recognises all of what was written: every tag, attribute
// and address by its allowlist, every element closed in its order and in a place
// where a browser leaves it. Nothing leaves that it doesn't recognise. What the
// walk wrote and it refuses gets a second chance as the policy, the same allowlist
// of bluemonday, writes it, and is else bare text; no input is known that comes
// so far.
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
	"golang.org/x/net/html"

	"tidings/internal/feed"
)

// Sanitizer makes [feed.HTML]. It is safe for concurrent use.
type Sanitizer struct {
	policy   func() *bluemonday.Policy
	elements map[string]*element
	guard    guard
	trackers *trackers
	walks    sync.Pool // of *work
}

// work is the memory of one call, kept for the next.
type work struct {
	walk
	open []*shape // of the guard
}

// maxKept bounds the memory that is kept from call to call, in bytes.
const maxKept = 1 << 20

// New returns a Sanitizer. Making one is dear; make one and keep it.
func New() *Sanitizer {
	s := &Sanitizer{policy: sync.OnceValue(newPolicy), elements: elements(), guard: newGuard(), trackers: newTrackers(trackerList)}
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
	return s.write(fragment, base, false)
}

// Line is the plain text of a fragment of HTML that is to be one line, as titles
// are: its markup goes, whatever it is, and so do frames.
func (s *Sanitizer) Line(fragment string) string {
	return strings.ReplaceAll(Text(s.write(strings.ToValidUTF8(fragment, "\uFFFD"), nil, true)), "\n", " ")
}

// write lets a walk write a valid fragment anew, and the guard look at that.
func (s *Sanitizer) write(fragment string, base *url.URL, quiet bool) feed.HTML {
	w := s.walks.Get().(*work)
	w.quiet = quiet
	w.run(fragment, base)
	out := s.guarded(bytes.TrimSpace(w.out), &w.open)
	if cap(w.out) <= maxKept {
		w.scan.reset("")
		s.walks.Put(w)
	}
	return out
}

// guarded lets pass what the guard recognises, as it is or else as the policy
// leaves it, and of anything else the words alone.
func (s *Sanitizer) guarded(b []byte, open *[]*shape) feed.HTML {
	if s.guard.recognises(b, open) {
		return feed.HTML(b)
	}
	if b = s.policy().SanitizeBytes(b); s.guard.recognises(b, open) {
		return feed.HTML(b)
	}
	return feed.HTML(html.EscapeString(Text(feed.HTML(b))))
}
