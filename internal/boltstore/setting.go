package boltstore

import (
	"bytes"
	"context"
	"fmt"
)

// Setting is what was kept under a name; nil if nothing was.
func (s *Store) Setting(ctx context.Context, key string) (value []byte, err error) {
	err = s.view(ctx, func(t *txn) error {
		value = bytes.Clone(t.b(tSetting).Get([]byte(key)))
		return nil
	})
	return value, err
}

// SetSetting keeps a value under a name of 1 to 512 bytes; nil deletes it.
func (s *Store) SetSetting(ctx context.Context, key string, value []byte) error {
	if key == "" || len(key) > maxName {
		return fmt.Errorf("set setting %.40q: want a name of 1 to %d bytes", key, maxName)
	}
	return s.update(ctx, func(w *work) error {
		if value == nil {
			w.del(tSetting, []byte(key))
		} else {
			w.put(tSetting, []byte(key), value)
		}
		return nil
	})
}

// Settings are all values whose names begin with prefix.
func (s *Store) Settings(ctx context.Context, prefix string) (m map[string][]byte, err error) {
	m = map[string][]byte{}
	err = s.view(ctx, func(t *txn) error {
		return t.each(tSetting, []byte(prefix), func(k, v []byte) error {
			m[string(k)] = bytes.Clone(v)
			return nil
		})
	})
	return m, err
}
