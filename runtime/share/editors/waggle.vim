" Vim syntax file: waggle and bpftrace scripts.  Save it as
" ~/.vim/syntax/bt.vim, and put into ~/.vim/ftdetect/bt.vim:
"	autocmd BufRead,BufNewFile *.bt setfiletype bt
if exists("b:current_syntax")
	finish
endif

syn case match
syn match btOperator "??"
syn keyword btWord @WORDS@ else
syn keyword btType void bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 string buffer inet union enum
syn keyword btConstant true false none
syn keyword btFunction @FUNCTIONS@
syn keyword btAggregation @AGGREGATIONS@
syn match btProvider "\<\(@PROVIDERS_OR@\)\ze:"
syn keyword btProvider begin end BEGIN END
syn match btVariable "\$[A-Za-z_][A-Za-z0-9_]*\|\$[0-9#]\+"
syn match btMap "@[A-Za-z0-9_]*"
syn match btNumber "\<\(0[xX][0-9a-fA-F_]\+\|0[bB][01_]\+\|[0-9][0-9_]*\(e[0-9]\+\)\?\)\(ns\|us\|ms\|s\|m\|h\|d\|[uUlL]*\)\>"
syn match btEscape contained "\\\([ntr\\\"]\|[0-7]\{1,3\}\|x[0-9a-fA-F]\{2\}\)"
syn match btFormat contained "%[-+ #0]*[0-9*]*\(\.[0-9*]\+\)\?\(hh\|h\|ll\|l\|j\|z\|t\)\?\(rx\|rh\|gr\|[diuoxXcpsr%]\)"
syn region btString start=+"+ skip=+\\.+ end=+"+ contains=btEscape,btFormat
syn region btComment start="/\*" end="\*/" contains=btTodo
syn match btComment "//.*$" contains=btTodo
syn match btShebang "\%1l#!.*"
syn match btPreprocessor "^\s*#\s*\(include\|define\|undef\|if\|ifdef\|ifndef\|else\|elif\|endif\|error\).*$"
syn keyword btTodo contained TODO XXX FIXME

hi def link btOperator Operator
hi def link btWord Statement
hi def link btType Type
hi def link btConstant Constant
hi def link btFunction Function
hi def link btAggregation Special
hi def link btProvider Keyword
hi def link btVariable Identifier
hi def link btMap Identifier
hi def link btNumber Number
hi def link btEscape SpecialChar
hi def link btFormat SpecialChar
hi def link btString String
hi def link btComment Comment
hi def link btShebang PreProc
hi def link btPreprocessor PreProc
hi def link btTodo Todo

let b:current_syntax = "bt"
