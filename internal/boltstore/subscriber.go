package boltstore

import (
	"bytes"
	"context"
	"fmt"

	"tidings/internal/feed"
)

type subscriberRecord struct {
	Topic    string `cbor:"1,keyasint"`
	Callback string `cbor:"2,keyasint"`
	Secret   string `cbor:"3,keyasint,omitempty"`
	Since    int64  `cbor:"4,keyasint,omitempty"` // Unix milliseconds, like all its times
	Until    int64  `cbor:"5,keyasint,omitempty"`
	Sent     []byte `cbor:"6,keyasint,omitempty"`
	Failing  int64  `cbor:"7,keyasint,omitempty"`
}

func recordSubscriber(s feed.Subscriber) subscriberRecord {
	r := subscriberRecord{
		Topic: s.Topic, Callback: s.Callback, Secret: s.Secret,
		Since: millis(s.Since), Until: millis(s.Until), Failing: millis(s.Failing),
	}
	if s.Sent != [32]byte{} {
		r.Sent = s.Sent[:]
	}
	return r
}

func (r *subscriberRecord) subscriber() feed.Subscriber {
	s := feed.Subscriber{
		Topic: r.Topic, Callback: r.Callback, Secret: r.Secret,
		Since: fromMillis(r.Since), Until: fromMillis(r.Until), Failing: fromMillis(r.Failing),
	}
	copy(s.Sent[:], r.Sent)
	return s
}

// Subscribers lists those who have our feeds pushed to them, in no order that means
// anything but is always the same.
func (s *Store) Subscribers(ctx context.Context) (all []feed.Subscriber, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.subscribers(func(sub feed.Subscriber) error {
			all = append(all, sub)
			return nil
		})
	})
	return all, err
}

func (t *txn) subscribers(fn func(feed.Subscriber) error) error {
	return t.each(tSubscriber, nil, func(k, v []byte) error {
		var r subscriberRecord
		if err := t.codec.read(v, &r); err != nil {
			return damaged(tSubscriber, k, err)
		}
		return fn(r.subscriber())
	})
}

// PutSubscribers keeps subscribers, each in the place of the one with the same topic
// and callback.
func (s *Store) PutSubscribers(ctx context.Context, subs ...feed.Subscriber) error {
	err := s.update(ctx, func(w *work) error {
		for _, sub := range subs {
			w.putRecord(tSubscriber, subscriberKey(sub.Topic, sub.Callback), recordSubscriber(sub))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep subscribers of our feeds: %w", err)
	}
	return nil
}

// DropSubscriber forgets a subscriber. It is no error if there is none.
func (s *Store) DropSubscriber(ctx context.Context, topic, callback string) error {
	err := s.update(ctx, func(w *work) error {
		if key := subscriberKey(topic, callback); w.b(tSubscriber).Get(key) != nil {
			w.del(tSubscriber, key)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget a subscriber of our feeds: %w", err)
	}
	return nil
}

func (c *checker) subscriber(k, v []byte) {
	var r subscriberRecord
	switch err := c.codec.read(v, &r); {
	case err != nil:
		c.problem("subscriber", "the row %x can't be read: %v", k, err)
	case !bytes.Equal(k, subscriberKey(r.Topic, r.Callback)):
		c.problem("subscriber", "the row %x is that of another subscriber, %s", k, r.Callback)
	case r.Until == 0:
		c.problem("subscriber", "the lease of %s never ends", r.Callback)
	}
}
