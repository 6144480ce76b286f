package dedup

import "strings"

const hexDigits = "0123456789ABCDEF"

// fixEncoding normalises percent-encoding (RFC 3986 §6.2.2): escapes of
// unreserved characters are decoded, others get upper-case digits, and what
// neither is an escape nor allowed by plain becomes an escape.
func fixEncoding(s string, plain func(byte) bool) string {
	i := 0
	for i < len(s) && s[i] != '%' && plain(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	b := make([]byte, i, len(s)+16)
	copy(b, s)
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%' && i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16:
			c = unhex(s[i+1])<<4 | unhex(s[i+2])
			i += 2
			if !unreserved(c) {
				b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
				continue
			}
			b = append(b, c)
		case c != '%' && plain(c):
			b = append(b, c)
		default:
			b = append(b, '%', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return string(b)
}

// decode undoes all percent-encoding.
func decode(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) < 16 && unhex(s[i+2]) < 16 {
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// unhex is the value of a hexadecimal digit, 16 for what is none.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// unreserved are the characters that never need an escape (RFC 3986 §2.3).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// pathByte is what stands unescaped in a path (RFC 3986 §3.3).
func pathByte(c byte) bool {
	return unreserved(c) || strings.IndexByte("/:@!$&'()*+,;=", c) >= 0
}

// queryByte is what stands unescaped in a parameter; the plus sign is a space
// there and never comes as itself.
func queryByte(c byte) bool {
	return unreserved(c) || strings.IndexByte("/?:@!$'()*,;=", c) >= 0
}

// routeByte is what stands unescaped in a fragment (RFC 3986 §3.5).
func routeByte(c byte) bool { return pathByte(c) || c == '?' }

// ascii reports whether s has ASCII characters only.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
