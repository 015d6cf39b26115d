package shop.pricing;

/** A rule that lowers a price. */
@FunctionalInterface
public interface Discount {
    int apply(int cents, int quantity);

    /** Applies another rule to the result of this one. */
    default Discount then(Discount next) {
        return (cents, quantity) -> next.apply(apply(cents, quantity), quantity);
    }

    /** Takes a share off, in percent. */
    static Discount percent(int percent) {
        if (percent < 0 || percent > 100) {
            throw new IllegalArgumentException("percent must be between 0 and 100");
        }
        return (cents, quantity) -> cents - cents * percent / 100;
    }

    static Discount fromQuantity(int least, Discount discount) {
        return (cents, quantity) -> quantity >= least ? discount.apply(cents, quantity) : cents;
    }
}
