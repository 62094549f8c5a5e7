struct node { int value; struct node *next; unsigned ready : 1, level : 5; union { int whole; short halves[2]; }; };
enum mode { OFF, RX = 4, BAD = -1 };
typedef struct node node_t;
node_t first = {7, &first, 1, 9, {3}};
enum mode mode = RX;
int grid[2][3];
int poll_node(const node_t *node, char *name) { return node->value + name[0]; }
