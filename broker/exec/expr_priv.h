/*
 * expr_priv.h - the program behind struct expr, shared by its compiler
 * (expr_compile.c) and its machine (expr_run.c).
 *
 * A register holds a column: a view of the batch, a constant, or a buffer of
 * its own.  A selection is a list of rows; number 0 is the caller's.  Both are
 * numbered by the compiler, which reuses registers once they have been read.
 */
#ifndef BROKER_EXEC_EXPR_PRIV_H
#define BROKER_EXEC_EXPR_PRIV_H

#include "broker/exec/expr.h"
#include "common/base/arena.h"

enum instr_kind {
	INSTR_COLUMN,      /* dst = input column `column` */
	INSTR_CALL,        /* dst = call(args) on sel */
	INSTR_LOGIC_FIRST, /* dst = src on sel; sel_out = rows not decided by it */
	INSTR_LOGIC_NEXT,  /* dst = dst AND/OR src on sel; narrows sel to rows still undecided */
	INSTR_CASE_BEGIN,  /* sel_out = copy of sel; dst starts */
	INSTR_CASE_SPLIT,  /* sel_out = rows of sel where src is true; narrows sel to the rest */
	INSTR_CASE_MERGE,  /* dst = src on sel */
};

/* What a call with one DICT argument has found out about the dictionary's entries. */
struct expr_memo {
	uint64_t dict_id; /* 0: none yet */
	uint32_t capacity;
	uint8_t *state; /* per entry: enum memo_state */
	void *values;   /* per entry, of the result's lane */
	uint16_t n_todo;
	uint32_t todo[BATCH_ROWS_MAX]; /* entries being worked out */
	struct column dict_arg;        /* the DICT argument as it came */
	uint32_t arg;                  /* which one it is */
};

enum call_mode { CALL_ROWS, CALL_ONCE, CALL_MEMO, CALL_DONE };

struct expr_call {
	const struct func_def *def;
	struct func_call call;
	struct column *args; /* as handed to the kernel */
	void **flat;         /* per argument: buffer for a DICT argument made FLAT; or NULL */
	struct expr_memo *memo;
	enum call_mode mode;
	bool is_running;
	struct sel sel; /* rows the kernel works on */
	void *scratch;  /* results for memo entries */
	uint64_t scratch_validity[VALIDITY_WORDS];
};

struct instr {
	enum instr_kind kind;
	bool is_and;
	uint32_t dst, src;
	uint32_t sel, sel_out;
	uint32_t column;
	enum col_type type; /* of CASE's result */
	uint32_t n_args;
	uint32_t *args;
	struct expr_call *call;
	struct instr *next; /* while compiling */
};

struct expr_reg {
	uint32_t number;
	bool is_literal;      /* holds the same constant in every batch */
	struct column column; /* what the register holds now */
	enum col_lane lane;   /* of its buffer */
	void *values;         /* buffer for BATCH_ROWS_MAX values; NULL: the register is a view */
	uint64_t *validity;
	struct expr_reg *next_free; /* compiler: registers that may be reused */
};

struct expr_sel {
	struct sel sel;
	uint16_t *rows;
};

struct expr {
	struct expr_env env;
	struct instr **instrs;
	uint32_t n_instrs;
	uint32_t pc; /* the instruction to go on with */
	bool is_running;
	struct expr_reg **regs;
	uint32_t n_regs, cap_regs;
	struct expr_sel **sels;
	uint32_t n_sels, cap_sels;
	uint32_t result;
	const struct batch *batch;
	struct arena text; /* of results */
	/* Made when first needed: most expressions need neither. */
	uint16_t *call_rows;   /* rows without NULLs, of the call that is running */
	uint16_t *filter_rows; /* expr_filter() */
};

/* The kernel of EXPR_IN: state is a struct expr_set. */
struct expr_set;
NODISCARD int expr_set_new(const struct expr_env *env, const struct plan_expr *in,
			   struct expr_set **out);
extern const struct func_def expr_in_def;

#endif
