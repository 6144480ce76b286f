package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"tidings/internal/control"
	"tidings/internal/feed"
)

// namedStory is a story that a person meant by a number or an address.
type namedStory struct {
	feed.Full
	entries []uint64 // those at the address, newest first; none where a number was given
}

// entry is the source that was meant: the one at the address, else the lead.
func (n namedStory) entry() feed.Member {
	if len(n.entries) > 0 {
		return member(n.Full, n.entries[0])
	}
	return member(n.Full, n.Lead)
}

// member is the source of a story that an entry is.
func member(f feed.Full, entry uint64) feed.Member {
	for _, m := range f.Members {
		if m.Entry.ID == entry {
			return m
		}
	}
	return feed.Member{}
}

// stories finds what a person means by a story's number, by the address of its
// page, or by that of one of its sources, which more than one story may have.
func (e *env) stories(ctx context.Context, c *control.Client, name string) ([]namedStory, error) {
	if id, err := strconv.ParseUint(name, 10, 64); err == nil {
		return e.storyByNumber(ctx, c, id)
	}
	address := name
	if !strings.Contains(name, "://") {
		address = "https://" + name
	}
	entries, err := c.Find(ctx, address)
	if err != nil {
		return nil, err
	}
	if id, ok := pageOf(address); ok && len(entries) == 0 {
		return e.storyByNumber(ctx, c, id)
	}
	var found []namedStory
	at := map[uint64]int{}
	for _, x := range entries {
		i, ok := at[x.Story]
		if !ok {
			f, err := c.Story(ctx, x.Story)
			if err != nil {
				return nil, err
			}
			i, found = len(found), append(found, namedStory{Full: f})
			at[x.Story] = i
		}
		found[i].entries = append(found[i].entries, x.ID)
	}
	if len(found) == 0 {
		return nil, feed.WithHint(fmt.Errorf("find %s: no entry has that address", name), "give the address as its feed has it, or the story's number; `tidings stories` shows both")
	}
	return found, nil
}

func (e *env) storyByNumber(ctx context.Context, c *control.Client, id uint64) ([]namedStory, error) {
	f, err := c.Story(ctx, id)
	if errors.Is(err, feed.ErrNotFound) {
		return nil, feed.WithHint(fmt.Errorf("find story %d: there is none", id), "`tidings stories` shows the numbers; it may have expired")
	}
	if err == nil && f.ID != id {
		fmt.Fprintf(e.stderr, "Story %d was joined into story %d.\n", id, f.ID)
	}
	return []namedStory{{Full: f}}, err
}

// pageOf gives the number of the story whose page has an address.
func pageOf(address string) (uint64, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, false
	}
	i := strings.LastIndex(u.Path, "/story/")
	if i < 0 {
		return 0, false
	}
	id, err := strconv.ParseUint(u.Path[i+len("/story/"):], 10, 64)
	return id, err == nil
}

// story finds the one story that a person means.
func (e *env) story(ctx context.Context, c *control.Client, name string) (namedStory, error) {
	found, err := e.stories(ctx, c, name)
	if err != nil {
		return namedStory{}, err
	}
	if len(found) > 1 {
		var ids []string
		for _, f := range found {
			ids = append(ids, strconv.FormatUint(f.ID, 10))
		}
		return namedStory{}, feed.WithHint(fmt.Errorf("find %s: %d stories have an entry with that address: %s", name, len(found), strings.Join(ids, ", ")),
			"name the story by its number")
	}
	return found[0], nil
}

// source finds the source of a story that a person means by its number, its
// address, or its feed's title.
func source(f namedStory, name string, entries []feed.Entry) (feed.Member, error) {
	var hits []feed.Member
	for _, m := range f.Members {
		at := false
		for _, x := range entries {
			at = at || x.ID == m.Entry.ID
		}
		if at || strconv.FormatUint(m.Entry.ID, 10) == name || strings.EqualFold(m.Outlet.Title, name) {
			hits = append(hits, m)
		}
	}
	if len(hits) == 1 {
		return hits[0], nil
	}
	return feed.Member{}, feed.WithHint(fmt.Errorf("find the source %q of story %d: there are %d", name, f.ID, len(hits)),
		fmt.Sprintf("name it by its entry's number; `tidings why %d` shows them", f.ID))
}

// titled is what stands for an entry in a line: its title, else its beginning.
func titled(x feed.Entry) string { return cut(cmp.Or(x.Title, x.Excerpt, x.URL, "(untitled)"), 70) }
