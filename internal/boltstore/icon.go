package boltstore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"sync"
	"time"

	"tidings/internal/feed"
)

// The table icon has two kinds of rows: what is known of the sources of icons, when they
// may be asked again and the hash of what they gave; and the icons by their hash, which sources
// share. The former are in memory, because each row of a page asks for one.
const (
	iconOfSource = 's' // then the source: due in milliseconds, hash (packed)
	iconByHash   = 'h' // then the hash: a PNG
)

// icons is what is known of the sources.
type icons struct {
	mu     sync.RWMutex
	loaded bool
	all    map[string]feed.Icon
}

func iconKey(kind byte, of []byte) []byte { return append([]byte{kind}, of...) }

func iconHash(png []byte) []byte {
	sum := sha256.Sum256(png)
	return sum[:16]
}

// Icons is what is known of the sources of icons, by [feed.IconSource.Key], or by its
// beginning and its hash if it is longer than 512 bytes.
func (s *Store) Icons(ctx context.Context) (map[string]feed.Icon, error) {
	if err := s.loadIcons(ctx); err != nil {
		return nil, err
	}
	s.icons.mu.RLock()
	defer s.icons.mu.RUnlock()
	return maps.Clone(s.icons.all), nil
}

// IconOf is the hash of the icon of a source; empty if it has none. After the first
// time it reads nothing from the file.
func (s *Store) IconOf(ctx context.Context, source string) (string, error) {
	if err := s.loadIcons(ctx); err != nil {
		return "", err
	}
	s.icons.mu.RLock()
	defer s.icons.mu.RUnlock()
	return s.icons.all[string(name(source))].Hash, nil
}

// Icon is the icon with a hash, a PNG.
func (s *Store) Icon(ctx context.Context, hash string) (png []byte, err error) {
	sum, err := hex.DecodeString(hash)
	if err != nil || len(sum) != 16 {
		return nil, fmt.Errorf("find icon %.40q: %w", hash, feed.ErrNotFound)
	}
	err = s.view(ctx, func(t *txn) error {
		png = bytes.Clone(t.b(tIcon).Get(iconKey(iconByHash, sum)))
		return nil
	})
	if err == nil && png == nil {
		err = fmt.Errorf("find icon %s: %w", hash, feed.ErrNotFound)
	}
	return png, err
}

// PutIcon keeps the icon of a source, a PNG, nil where it has none, and when it may be
// asked again. An icon that no source has any more goes with [Store.ForgetIcons].
func (s *Store) PutIcon(ctx context.Context, source string, png []byte, due time.Time) error {
	if err := s.loadIcons(ctx); err != nil {
		return err
	}
	known := feed.Icon{Due: fromMillis(millis(due))}
	var sum []byte
	if png != nil {
		sum = iconHash(png)
		known.Hash = hex.EncodeToString(sum)
	}
	err := s.update(ctx, func(w *work) error {
		w.put(tIcon, iconKey(iconOfSource, name(source)), append(binary.BigEndian.AppendUint64(nil, uint64(millis(due))), sum...))
		if png != nil {
			w.put(tIcon, iconKey(iconByHash, sum), png)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep the icon of %s: %w", source, err)
	}
	s.icons.mu.Lock()
	defer s.icons.mu.Unlock()
	s.icons.all[string(name(source))] = known
	return nil
}

// ForgetIcons forgets all sources but those to keep, and the icons that none of them has.
func (s *Store) ForgetIcons(ctx context.Context, keep map[string]bool) error {
	if err := s.loadIcons(ctx); err != nil {
		return err
	}
	rest, kept := map[string]feed.Icon{}, map[string]bool{}
	for source := range keep {
		kept[string(name(source))] = true
	}
	err := s.update(ctx, func(w *work) error {
		wanted := map[string]bool{}
		var gone [][]byte
		err := w.each(tIcon, []byte{iconOfSource}, func(k, v []byte) error {
			source, known, ok := splitIcon(k, v)
			if !ok || !kept[source] {
				gone = append(gone, bytes.Clone(k))
				return nil
			}
			rest[source], wanted[known.Hash] = known, true
			return nil
		})
		if err == nil {
			err = w.each(tIcon, []byte{iconByHash}, func(k, _ []byte) error {
				if !wanted[hex.EncodeToString(k[1:])] {
					gone = append(gone, bytes.Clone(k))
				}
				return nil
			})
		}
		for _, k := range gone {
			w.del(tIcon, k)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("forget icons: %w", err)
	}
	s.icons.mu.Lock()
	defer s.icons.mu.Unlock()
	s.icons.all = rest
	return nil
}

// splitIcon reads a row of a source.
func splitIcon(k, v []byte) (source string, known feed.Icon, ok bool) {
	if len(k) < 1 || len(v) != 8 && len(v) != 24 {
		return "", known, false
	}
	known.Due = fromMillis(int64(binary.BigEndian.Uint64(v)))
	if len(v) == 24 {
		known.Hash = hex.EncodeToString(v[8:])
	}
	return string(k[1:]), known, true
}

// forget makes the next who asks read the sources anew.
func (i *icons) forget() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.loaded = false
}

// loadIcons reads the sources on first use.
func (s *Store) loadIcons(ctx context.Context) error {
	s.icons.mu.RLock()
	loaded := s.icons.loaded
	s.icons.mu.RUnlock()
	if loaded {
		return nil
	}
	s.icons.mu.Lock() // while they are read: what is put meanwhile comes after it
	defer s.icons.mu.Unlock()
	if s.icons.loaded {
		return nil
	}
	all := map[string]feed.Icon{}
	err := s.view(ctx, func(t *txn) error {
		return t.each(tIcon, []byte{iconOfSource}, func(k, v []byte) error {
			if source, known, ok := splitIcon(k, v); ok {
				all[source] = known
			}
			return nil
		})
	})
	if err != nil {
		return fmt.Errorf("read icons: %w", err)
	}
	s.icons.all, s.icons.loaded = all, true
	return nil
}
