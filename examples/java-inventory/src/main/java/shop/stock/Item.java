package shop.stock;

import java.util.Objects;

/** One kind of article the shop sells. */
public record Item(String code, String name, int priceInCents) implements Comparable<Item> {

    /** Checks the article's values. */
    public Item {
        Objects.requireNonNull(name, "name");
        if (code == null || code.isBlank()) {
            throw new IllegalArgumentException("an item needs a code");
        }
        if (priceInCents < 0) {
            throw new IllegalArgumentException("the price of " + code + " is negative");
        }
    }

    public Item(String code, int priceInCents) {
        this(code, code, priceInCents);
    }

    /** Returns the same article at another price. */
    public Item withPrice(int cents) {
        return new Item(code, name, cents);
    }

    @Override
    public int compareTo(Item other) {
        return code.compareTo(other.code);
    }
}
