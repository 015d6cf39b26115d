package shop.stock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The quantities on the shelves, and who has reserved how much of them. */
public class Warehouse {
    private static final int UNDO_LIMIT = 50;

    private final Repository<String, Item> items;
    private final Map<String, Integer> quantities = new HashMap<>();
    private final Map<String, List<Reservation>> reservations = new HashMap<>();
    private final Deque<Movement> history = new ArrayDeque<>();

    public Warehouse(Repository<String, Item> items) {
        this.items = items;
    }

    /** What became of the stock: one arrival or one removal. */
    public enum Kind {
        ARRIVAL(1),
        REMOVAL(-1);

        private final int sign;

        Kind(int sign) {
            this.sign = sign;
        }

        int apply(int quantity, int change) {
            return quantity + sign * change;
        }

        Kind opposite() {
            return this == ARRIVAL ? REMOVAL : ARRIVAL;
        }
    }

    /** One entry of the history. */
    public static final class Movement {
        private final String code;
        private final int change;
        private final Kind kind;

        Movement(String code, int change, Kind kind) {
            this.code = code;
            this.change = change;
            this.kind = kind;
        }

        public String describe() {
            return kind.name().toLowerCase() + " of " + change + " x " + code;
        }
    }

    /** A quantity that is kept back for an order. It knows its warehouse and can be given up. */
    public final class Reservation implements AutoCloseable {
        private final String code;
        private final int quantity;
        private boolean open = true;

        private Reservation(String code, int quantity) {
            this.code = code;
            this.quantity = quantity;
        }

        /** Takes the reserved quantity off the shelves. */
        public void fulfil() throws StockException {
            if (!open) {
                throw new StockException(code, "the reservation is closed");
            }
            close();
            remove(code, quantity);
        }

        @Override
        public void close() {
            if (open) {
                open = false;
                reservations.getOrDefault(code, new ArrayList<>()).remove(this);
            }
        }
    }

    /** Puts a new article on the shelves, with nothing of it in stock. */
    public void register(Item item) {
        items.save(item.code(), item);
        quantities.putIfAbsent(item.code(), 0);
    }

    public void add(String code) throws StockException {
        add(code, 1);
    }

    /**
     * Adds to the stock of an article.
     *
     * @param code the article's code
     * @param quantity how many arrived, more than 0
     * @throws StockException when nobody registered the article
     */
    public void add(String code, int quantity) throws StockException {
        move(code, quantity, Kind.ARRIVAL);
    }

    /**
     * Takes from the stock of an article what no reservation holds.
     *
     * @throws StockException when there is not enough of it
     */
    public void remove(String code, int quantity) throws StockException {
        if (available(code) < quantity) {
            throw new StockException(code, "only " + available(code) + " of " + code + " left");
        }
        move(code, quantity, Kind.REMOVAL);
    }

    private void move(String code, int quantity, Kind kind) throws StockException {
        if (quantity <= 0) {
            throw new IllegalArgumentException("a movement needs a positive quantity");
        }
        if (items.find(code).isEmpty()) {
            throw new StockException(code, "unknown item " + code);
        }
        quantities.put(code, kind.apply(quantities.getOrDefault(code, 0), quantity));
        history.push(new Movement(code, quantity, kind));
        while (history.size() > UNDO_LIMIT) {
            history.removeLast();
        }
    }

    /** Returns how many of an article stand on the shelves and are not reserved. */
    public int available(String code) {
        int reserved = 0;
        for (Reservation reservation : reservations.getOrDefault(code, List.of())) {
            reserved += reservation.quantity;
        }
        return quantities.getOrDefault(code, 0) - reserved;
    }

    /** Keeps a quantity back until the reservation is fulfilled or closed. */
    public Reservation reserve(String code, int quantity) throws StockException {
        if (quantity > available(code)) {
            throw new StockException(code, "cannot reserve " + quantity + " of " + code);
        }
        Reservation reservation = new Reservation(code, quantity);
        reservations.computeIfAbsent(code, unused -> new ArrayList<>()).add(reservation);
        return reservation;
    }

    /** Takes the last movement back; tells whether there was one. */
    public boolean undo() {
        Movement last = history.poll();
        if (last == null) {
            return false;
        }
        quantities.merge(last.code, 0, (old, unused) -> last.kind.opposite().apply(old, last.change));
        return true;
    }

    public List<String> recentMovements(int most) {
        return history.stream().limit(most).map(Movement::describe).toList();
    }

    /** Returns the value of everything on the shelves, in cents. */
    public long totalValue() {
        long total = 0;
        for (Item item : items.all()) {
            total += (long) item.priceInCents() * quantities.getOrDefault(item.code(), 0);
        }
        return total;
    }
}
