package archive

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tidings/internal/feed"
)

// text is a string that may not be UTF-8.
type text string

type encoded struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON writes a string, or an object where that would change it.
func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return marshal(string(t))
	}
	return marshal(encoded{[]byte(t)})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		var e encoded
		err := json.Unmarshal(b, &e)
		*t = text(e.Base64)
		return err
	}
	return json.Unmarshal(b, (*string)(t))
}

func texts(ss []string) (ts []text) {
	for _, s := range ss {
		ts = append(ts, text(s))
	}
	return ts
}

func plain(ts []text) (ss []string) {
	for _, t := range ts {
		ss = append(ss, string(t))
	}
	return ss
}

// at is a time as it is written: in UTC. One that RFC 3339 can't write is unknown.
func at(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

// number is a number of a feed, an entry, a story or a decision; 0: none.
type number uint64

// mostNumber is the greatest whole number that every reader of JSON knows (RFC 8259 §6).
const mostNumber = 1<<53 - 1

// UnmarshalJSON reads a whole number up to 2^53 - 1.
func (n *number) UnmarshalJSON(b []byte) error {
	x, err := strconv.ParseUint(string(b), 10, 64)
	if err != nil || x > mostNumber {
		return fmt.Errorf("want a whole number from 0 to %d, not %.40s", uint64(mostNumber), b)
	}
	*n = number(x)
	return nil
}

func numbers(ns []uint64) (all []number) {
	for _, n := range ns {
		all = append(all, number(n))
	}
	return all
}

func counts(ns []number) (all []uint64) {
	for _, n := range ns {
		all = append(all, uint64(n))
	}
	return all
}

// key is a feed.Key in hexadecimal digits.
type key feed.Key

func (k key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

func (k *key) UnmarshalText(b []byte) error {
	if n, err := hex.Decode(k[:], b[:min(len(b), 2*len(k))]); err != nil || n != len(k) || len(b) != 2*len(k) {
		return errors.New("a key wants 32 hexadecimal digits")
	}
	return nil
}

// hash is 64 bits in hexadecimal digits, which JSON's numbers can't all tell.
type hash uint64

func (h hash) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%016x", uint64(h)), nil }

func (h *hash) UnmarshalText(b []byte) error {
	x, err := strconv.ParseUint(string(b), 16, 64)
	if err != nil {
		return errors.New("a hash wants 16 hexadecimal digits")
	}
	*h = hash(x)
	return nil
}

// web is an address that may stand in a page: http, https or mailto. Others become
// empty, as they would have on their way from a publisher.
func web(t text) string {
	s := string(t)
	for _, scheme := range []string{"http://", "https://", "mailto:"} {
		if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return s
		}
	}
	return ""
}

func webs(ts []text) (ss []string) {
	for _, t := range ts {
		if s := web(t); s != "" {
			ss = append(ss, s)
		}
	}
	return ss
}

// sum is a SHA-256 in base64; empty for none.
func sum(b [32]byte) []byte {
	if b == [32]byte{} {
		return nil
	}
	return b[:]
}

func unsum(b []byte) (s [32]byte) {
	if len(b) == len(s) {
		copy(s[:], b)
	}
	return s
}

// span is a duration in seconds.
type span time.Duration

func (s span) MarshalJSON() ([]byte, error) { return marshal(time.Duration(s).Seconds()) }

func (s *span) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil || f < 0 || f > 1e9 {
		return errors.New("want a duration in seconds")
	}
	*s = span(math.Round(f * float64(time.Second)))
	return nil
}

// marshal writes JSON without disguising what HTML has: < and > stay.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
