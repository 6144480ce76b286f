package measure

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tidings/internal/dedup"
	"tidings/internal/feed"
)

// Item is what a set, or a person's own list, says of an entry.
type Item struct {
	ID    string
	Feed  string    // the outlet; empty: one of its own
	Time  time.Time // when it came; zero if unknown
	Title string
	URL   string
	Text  string // plain text of the body
	Lang  string
}

// line is an item as JSON has it.
type line struct {
	ID       name   `json:"id"`
	Feed     name   `json:"feed"`
	Source   name   `json:"source"`
	Time     moment `json:"time"`
	Title    string `json:"title"`
	URL      string `json:"url"`
	Summary  string `json:"summary"`
	Content  string `json:"content"`
	Text     string `json:"text"`
	Lang     string `json:"lang"`
	Language string `json:"language"`
}

// ReadItem reads an item from a JSON object: id, feed (or source), time (Unix
// seconds or RFC 3339), title, url, summary, content (or text), lang. The
// longest of its bodies is the text. plain turns HTML into plain text; nil: there is none.
func ReadItem(b []byte, plain func(string) string) (Item, error) {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return Item{}, fmt.Errorf("read item: %w", err)
	}
	if plain == nil {
		plain = func(s string) string { return s }
	}
	it := Item{ID: string(l.ID), Feed: cmp.Or(string(l.Feed), string(l.Source)), Time: time.Time(l.Time),
		Title: strings.Join(strings.Fields(plain(l.Title)), " "), URL: strings.TrimSpace(l.URL), Lang: cmp.Or(l.Lang, l.Language)}
	for _, body := range []string{l.Summary, l.Content, l.Text} {
		if t := plain(body); len(t) > len(it.Text) {
			it.Text = t
		}
	}
	return it, nil
}

// UnmarshalJSON is [ReadItem] for sets, whose texts are plain.
func (it *Item) UnmarshalJSON(b []byte) (err error) {
	*it, err = ReadItem(b, nil)
	return err
}

// MarshalJSON writes an item as [ReadItem] reads it.
func (it Item) MarshalJSON() ([]byte, error) {
	m := map[string]any{"id": it.ID, "title": it.Title}
	for k, v := range map[string]string{"feed": it.Feed, "url": it.URL, "content": it.Text, "lang": it.Lang} {
		if v != "" {
			m[k] = v
		}
	}
	if !it.Time.IsZero() {
		m["time"] = it.Time.Unix()
	}
	return json.Marshal(m)
}

// entry is the item as the engine takes it. Its time is both when it was
// published and when it was seen; one without a time was seen at last.
func (it Item) entry(id, feedID uint64, last time.Time) feed.Entry {
	e := feed.Entry{ID: id, Feed: feedID, GUID: it.ID, URL: it.URL, Title: it.Title, Published: it.Time, Seen: it.Time, Language: it.Lang}
	if e.Seen.IsZero() {
		e.Seen = last
	}
	return e
}

// dawn is when an item was seen if nothing is known of any time.
func dawn() time.Time { return time.Unix(1e9, 0).UTC() }

// Judge has the engine compare two items. Those that name no feed are of
// different ones; one without a time came with the other.
func Judge(a, b Item) dedup.Judgement {
	j, _ := judgePair(a, b)
	return j
}

// judgePair is Judge, and what the engine saw.
func judgePair(a, b Item) (dedup.Judgement, *dedup.Compared) {
	feeds := [2]uint64{1, 2}
	if a.Feed != "" && a.Feed == b.Feed {
		feeds[1] = 1
	}
	seenA, seenB := a.Time, b.Time
	switch {
	case seenA.IsZero() && seenB.IsZero():
		seenA, seenB = dawn(), dawn()
	case seenA.IsZero():
		seenA = seenB
	case seenB.IsZero():
		seenB = seenA
	}
	return dedup.JudgePair(dedup.Item{Entry: a.entry(1, feeds[0], seenA), Text: a.Text},
		dedup.Item{Entry: b.entry(2, feeds[1], seenB), Text: b.Text})
}

// name is a string that may be written as a number.
type name string

// UnmarshalJSON takes a string, a number or null.
func (n *name) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		return nil
	}
	if len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9') {
		*n = name(b)
		return nil
	}
	return json.Unmarshal(b, (*string)(n))
}

// moment is a time as Unix seconds, a number or a string, or as RFC 3339.
type moment time.Time

// UnmarshalJSON takes what [moment] says, and null or an empty string for an unknown time.
func (m *moment) UnmarshalJSON(b []byte) error {
	s := strings.Trim(strings.TrimSpace(string(b)), `"`)
	if s == "" || s == "null" {
		return nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && f > -1e11 && f < 1e11 {
		*m = moment(time.Unix(int64(f), 0).UTC())
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			*m = moment(t.UTC())
			return nil
		}
	}
	return errors.New("want Unix seconds or RFC 3339 for a time, got " + s)
}

// AskedPair is two items to compare.
type AskedPair struct {
	ID   string
	A, B Item
}

// ReadPair reads a JSON object with an id and two items, a and b, as [ReadItem]
// reads them.
func ReadPair(b []byte, plain func(string) string) (AskedPair, error) {
	var x struct {
		ID   name `json:"id"`
		A, B json.RawMessage
	}
	if err := json.Unmarshal(b, &x); err != nil {
		return AskedPair{}, fmt.Errorf("read pair: %w", err)
	}
	if x.A == nil || x.B == nil {
		return AskedPair{}, errors.New("read pair: want two items, a and b")
	}
	p := AskedPair{ID: string(x.ID)}
	var err error
	if p.A, err = ReadItem(x.A, plain); err != nil {
		return p, err
	}
	p.B, err = ReadItem(x.B, plain)
	return p, err
}
