package server

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// stamp is what the feed at one address said of itself when it was served last.
// Stamps are kept in the store, so that a restart moves no date.
type stamp struct {
	Tag      string `json:"tag"`
	Modified int64  `json:"modified"` // Unix time
}

// mostAhead is how far stamps may run ahead of the clock.
const mostAhead = time.Minute

// recall reads the stamps that are kept; what can't be read is forgotten.
func (m *merged) recall(ctx context.Context, store Store) error {
	kept, err := store.Settings(ctx, settingStamps)
	m.stamps = map[string]stamp{}
	for name, value := range kept {
		var st stamp
		if json.Unmarshal(value, &st) == nil {
			m.stamps[strings.TrimPrefix(name, settingStamps)] = st
		}
	}
	return err
}

// stampName is under which name the stamp of an address is kept: addresses may be
// long and carry keys.
func stampName(address string) string {
	sum := sha256.Sum256([]byte(address))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// date gives the Last-Modified of the document of a name (RFC 9110 §8.8.2), whether
// a new stamp is to be kept, and which one is to go for it: the time that the
// stories tell, not later than now. Not every change shows in the stories' times (a
// copy joins, a feed is renamed, a story goes), and so the date of another document
// is at least a second later than that of the one before. Asked for several times a
// second, it runs ahead of the clock by as many seconds; who sends it caps it. A
// stamp from further ahead is a clock's or a publisher's mistake, and forgotten.
func (m *merged) date(name, tag string, told, now time.Time) (at time.Time, fresh bool, gone string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, known := m.stamps[name]
	mistaken := last.Modified > now.Add(mostAhead).Unix()
	if known && last.Tag == tag && !mistaken {
		return time.Unix(last.Modified, 0), false, ""
	}
	unix := min(told.Unix(), now.Unix())
	switch {
	case mistaken:
		unix = now.Unix() // nobody was told of a later change
	case known:
		unix = max(unix, last.Modified+1)
	}
	if m.stamps == nil {
		m.stamps = map[string]stamp{}
	}
	if !known && len(m.stamps) >= mostStamps {
		gone = oldest(m.stamps, func(a, b stamp) int { return cmp.Compare(a.Modified, b.Modified) })
		delete(m.stamps, gone)
	}
	m.stamps[name] = stamp{tag, unix}
	return time.Unix(unix, 0), true, gone
}

// dated is date, the new stamp kept. The document goes out even where that fails.
func (s *Server) dated(ctx context.Context, address, tag string, told time.Time) time.Time {
	name := stampName(address)
	at, fresh, gone := s.merged.date(name, tag, told, time.Now())
	if !fresh {
		return at
	}
	kept, err := json.Marshal(stamp{tag, at.Unix()})
	if err == nil {
		err = s.Store.SetSetting(ctx, settingStamps+name, kept)
	}
	if err == nil && gone != "" {
		err = s.Store.SetSetting(ctx, settingStamps+gone, nil)
	}
	if err != nil {
		s.Log.Warn("cannot note when a feed changed", "err", err)
	}
	return at
}
