// The calculator reads one expression a line from standard input and answers each on a line of its own.
// A line that is wrong is told on standard error, and the exit code is then 1 at the end.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	failed, err := calculate(os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "calc:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

func calculate(input io.Reader, output, problems io.Writer) (failed bool, err error) {
	reader := bufio.NewReader(input)
	for number := 1; ; number++ {
		line, readErr := reader.ReadString('\n')
		if expression := strings.TrimSpace(line); expression != "" {
			if value, err := evaluate(expression); err != nil {
				failed = true
				fmt.Fprintf(problems, "line %d: %v\n", number, err)
			} else if _, err := fmt.Fprintln(output, format(value)); err != nil {
				return failed, err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return failed, nil
		}
		if readErr != nil {
			return failed, readErr
		}
	}
}

func format(value float64) string {
	return strconv.FormatFloat(value, 'g', 15, 64)
}
