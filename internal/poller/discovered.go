package poller

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"tidings/internal/feed"
)

// What was found behind an address is remembered for a month: publishers are asked no
// more often than that for it.
const (
	discoveredSetting = "discovered/"
	discoveredFor     = 30 * 24 * time.Hour
)

// discovered is what a setting keeps of a discovery.
type discovered struct {
	At    time.Time    `json:"at"`
	Found []feed.Found `json:"found"`
}

// Discover finds the feeds behind an address: the address itself if it is a
// feed, else those that the page links to, else feeds at the usual places of its
// site. The error says what stands there if there is none. What was found within the
// last month is found again without asking.
func (p *Poller) Discover(ctx context.Context, address string) ([]feed.Found, error) {
	u, err := FeedURL(address)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	sum := sha256.Sum256([]byte(u))
	key := discoveredSetting + hex.EncodeToString(sum[:16])
	all, err := p.store.Settings(ctx, discoveredSetting)
	if err != nil {
		return nil, err
	}
	if d, ok := recent(all[key], now); ok {
		return d.Found, nil
	}
	found, err := p.discover(ctx, address)
	if err != nil {
		return nil, err
	}
	p.noteDiscovered(ctx, key, discovered{now, found}, all)
	return found, nil
}

// recent reads a discovery, if it still counts.
func recent(value []byte, now time.Time) (d discovered, ok bool) {
	ok = json.Unmarshal(value, &d) == nil && now.Sub(d.At) < discoveredFor && now.After(d.At.Add(-time.Hour)) && len(d.Found) > 0
	return d, ok
}

// noteDiscovered keeps a discovery, and drops those that count no more.
func (p *Poller) noteDiscovered(ctx context.Context, key string, d discovered, all map[string][]byte) {
	value, err := json.Marshal(d)
	if err == nil {
		err = p.store.SetSetting(ctx, key, value)
	}
	for old, value := range all {
		if _, ok := recent(value, d.At); !ok && old != key && err == nil {
			err = p.store.SetSetting(ctx, old, nil)
		}
	}
	if err != nil && ctx.Err() == nil {
		p.log.Warn("remember which feeds were found", "err", err)
	}
}
