package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Deeper nesting than any person writes; it keeps the recursion bounded.
const maxDepth = 1000

type parser struct {
	text  string
	at    int
	depth int
}

// evaluate computes an expression of numbers, + - * /, parentheses and signs.
func evaluate(text string) (float64, error) {
	p := &parser{text: text}
	value, err := p.sum()
	if err != nil {
		return 0, err
	}
	if next := p.peek(); next != 0 {
		return 0, fmt.Errorf("unexpected %q at column %d", next, p.at+1)
	}
	if math.IsInf(value, 0) || math.IsNaN(value) {
		return 0, errors.New("the result is too large")
	}
	return value, nil
}

func (p *parser) sum() (float64, error) {
	left, err := p.product()
	for err == nil {
		operator := p.peek()
		if operator != '+' && operator != '-' {
			break
		}
		p.at++
		var right float64
		right, err = p.product()
		if operator == '+' {
			left += right
		} else {
			left -= right
		}
	}
	return left, err
}

func (p *parser) product() (float64, error) {
	left, err := p.factor()
	for err == nil {
		operator := p.peek()
		if operator != '*' && operator != '/' {
			break
		}
		p.at++
		var right float64
		right, err = p.factor()
		if err == nil && operator == '/' && right == 0 {
			return 0, errors.New("division by zero")
		}
		if operator == '*' {
			left *= right
		} else {
			left /= right
		}
	}
	return left, err
}

func (p *parser) factor() (float64, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return 0, errors.New("the expression is nested too deeply")
	}
	switch next := p.peek(); {
	case next == '-' || next == '+':
		p.at++
		value, err := p.factor()
		if next == '-' {
			value = -value
		}
		return value, err
	case next == '(':
		p.at++
		value, err := p.sum()
		if err == nil && p.peek() != ')' {
			return 0, fmt.Errorf("missing ) at column %d", p.at+1)
		}
		p.at++
		return value, err
	case next == 0:
		return 0, errors.New("the expression ends too early")
	default:
		return p.number()
	}
}

func (p *parser) number() (float64, error) {
	start := p.at
	for p.at < len(p.text) && (p.text[p.at] == '.' || (p.text[p.at] >= '0' && p.text[p.at] <= '9')) {
		p.at++
	}
	if start == p.at {
		return 0, fmt.Errorf("unexpected %q at column %d", p.text[start], start+1)
	}
	value, err := strconv.ParseFloat(p.text[start:p.at], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", p.text[start:p.at])
	}
	return value, nil
}

// peek gives the next character that is not a space, 0 at the end.
func (p *parser) peek() byte {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
	if p.at == len(p.text) {
		return 0
	}
	return p.text[p.at]
}
