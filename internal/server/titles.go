package server

import (
	"context"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// mostTitles is how many titles are searched: those of the stories that came last; and
// titlesFor is how long they are kept, because old stories may come back, with a feed or an
// archive, and titles may be revised.
const (
	mostTitles = 20000
	titlesFor  = time.Hour
)

// headlines are the titles of the stories that came last, ready to be searched: about
// 100 bytes each. They are read when somebody first searches, and then what came
// since. A title that was revised within the hour is still found by its first words; what
// is shown of a story is asked of the store.
type headlines struct {
	mu   sync.Mutex
	list []sought  // the last one first
	read time.Time // when all were read
}

// forget has them read anew, because old stories came back.
func (x *headlines) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.list = nil
}

// sought is a title as it is searched.
type sought struct {
	story  uint64
	folded string
}

// find gives stories whose titles hold all words, the last one first, at most limit.
func (x *headlines) find(ctx context.Context, store Store, words []string, limit int) (ids []uint64, err error) {
	list, err := x.update(ctx, store)
	if err != nil || len(words) == 0 {
		return nil, err
	}
	for _, s := range list {
		if holds(s.folded, words) {
			if ids = append(ids, s.story); len(ids) == limit {
				break
			}
		}
	}
	return ids, nil
}

// update reads what came since the last time. The list that it gives is never changed.
func (x *headlines) update(ctx context.Context, store Store) ([]sought, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	after := uint64(0)
	if len(x.list) == 0 || time.Since(x.read) > titlesFor {
		x.list, x.read = nil, time.Now()
	} else {
		after = x.list[0].story
	}
	came, err := store.Titles(ctx, after, mostTitles)
	if err != nil || len(came) == 0 {
		return x.list, err
	}
	list := make([]sought, 0, min(len(came)+len(x.list), mostTitles))
	for _, c := range came {
		list = append(list, sought{c.Story, fold(c.Title)})
	}
	x.list = append(list, x.list[:min(len(x.list), mostTitles-len(list))]...)
	return x.list, nil
}

// fold makes what looks alike equal: case, accents and forms of letters (NFKD, Unicode
// UAX 15).
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// holds reports whether a folded text has all of some folded words in it.
func holds(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
