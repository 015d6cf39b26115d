package shop.pricing;

import java.util.ArrayList;
import java.util.List;
import shop.stock.Item;

/** Adds up what a customer pays. */
public class PriceCalculator {
    private final List<Line> lines = new ArrayList<>();
    private Discount discount = (cents, quantity) -> cents;
    private String country = "DE";

    private record Line(Item item, int quantity) {
        int total(Discount discount) {
            return discount.apply(item.priceInCents() * quantity, quantity);
        }
    }

    public PriceCalculator add(Item item) {
        return add(item, 1);
    }

    public PriceCalculator add(Item item, int quantity) {
        lines.add(new Line(item, quantity));
        return this;
    }

    public PriceCalculator withDiscount(Discount rule) {
        discount = discount.then(rule);
        return this;
    }

    public PriceCalculator shipTo(String countryCode) {
        country = countryCode;
        return this;
    }

    /** Returns the sum of all lines after discounts, before tax and shipping. */
    public int subtotal() {
        int sum = 0;
        for (Line line : lines) {
            sum += line.total(discount);
        }
        return sum;
    }

    /** Returns the value-added tax of the destination, in percent. */
    public int taxPercent() {
        return switch (country) {
            case "DE", "CY" -> 19;
            case "FR", "AT" -> 20;
            case "HU" -> 27;
            default -> 0;
        };
    }

    /** Returns what shipping costs: free above a limit, dearer abroad. */
    public int shipping() {
        if (lines.isEmpty() || subtotal() >= 5000) {
            return 0;
        }
        return country.equals("DE") ? 490 : 1290;
    }

    public int total() {
        int net = subtotal();
        return net + net * taxPercent() / 100 + shipping();
    }
}
