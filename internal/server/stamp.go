package server

import (
	"context"
	"encoding/json"
	"time"

	"tidings/internal/feed"
	"tidings/internal/publish"
)

// stamp is what the merged feed at one address said of itself when it was served
// last. Stamps are kept in the store, so that a restart moves no date.
type stamp struct {
	Tag      string `json:"tag"`
	Modified int64  `json:"modified"` // Unix time
}

// mostAhead is how far stamps may run ahead of the clock.
const mostAhead = time.Minute

// recall reads the stamps that are kept; what can't be read is forgotten.
func (m *merged) recall(ctx context.Context, store Store) error {
	kept, err := store.Setting(ctx, settingStamps)
	if err != nil || len(kept) == 0 {
		return err
	}
	if json.Unmarshal(kept, &m.stamps) != nil {
		m.stamps = nil
	}
	return nil
}

// date gives the Last-Modified of the document at an address (RFC 9110 §8.8.2),
// and whether a new stamp is to be kept: the time that the stories tell, not
// later than now. Not every change shows in the stories' times (a copy joins, a
// feed is renamed, a story goes), and so the date of another document is at
// least a second later than that of the one before. Asked for several times a
// second, it runs ahead of the clock by as many seconds; who sends it caps it. A
// stamp from further ahead is a clock's or a publisher's mistake, and forgotten.
func (m *merged) date(address, tag string, told, now time.Time) (at time.Time, fresh bool) {
	last, known := m.stamps[address]
	mistaken := last.Modified > now.Add(mostAhead).Unix()
	if known && last.Tag == tag && !mistaken {
		return time.Unix(last.Modified, 0), false
	}
	unix := min(told.Unix(), now.Unix())
	switch {
	case mistaken:
		unix = now.Unix() // nobody was told of a later change
	case known:
		unix = max(unix, last.Modified+1)
	}
	if m.stamps == nil || !known && len(m.stamps) >= mostDocs {
		m.stamps = map[string]stamp{}
	}
	m.stamps[address] = stamp{tag, unix}
	return time.Unix(unix, 0), true
}

// dated is date, the new stamp kept. The document goes out even where that fails.
func (s *Server) dated(ctx context.Context, about publish.Feed, stories []feed.Headline, tag string) time.Time {
	at, fresh := s.merged.date(about.Self, tag, publish.Modified(about, stories), time.Now())
	if !fresh {
		return at
	}
	kept, err := json.Marshal(s.merged.stamps)
	if err == nil {
		err = s.Store.SetSetting(ctx, settingStamps, kept)
	}
	if err != nil {
		s.Log.Warn("cannot note when the merged feed changed", "err", err)
	}
	return at
}
