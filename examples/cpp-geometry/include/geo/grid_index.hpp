#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "geo/box.hpp"

namespace geo {

/// Finds things by place: each thing is kept in the cells its box touches.
template <typename Value>
class GridIndex {
public:
    explicit GridIndex(double cell_size) : cell_size_(cell_size) {
        if (cell_size <= 0) {
            throw std::invalid_argument("a cell needs a positive size");
        }
    }

    /// Keeps a value under the box it covers.
    void insert(const Box& box, Value value) {
        const std::size_t id = entries_.size();
        entries_.push_back({box, std::move(value)});
        visit_cells(box, [&](const Cell& cell) { cells_[cell].push_back(id); });
    }

    /// Returns all values whose box meets a window, each once, in the order they were inserted.
    std::vector<Value> query(const Box& window) const {
        std::vector<bool> seen(entries_.size(), false);
        visit_cells(window, [&](const Cell& cell) {
            auto found = cells_.find(cell);
            if (found == cells_.end()) return;
            for (std::size_t id : found->second) {
                seen[id] = seen[id] || entries_[id].box.intersects(window);
            }
        });
        std::vector<Value> result;
        for (std::size_t id = 0; id < seen.size(); ++id) {
            if (seen[id]) result.push_back(entries_[id].value);
        }
        return result;
    }

    /// Returns the value whose box centre is nearest to a point, if there is any value.
    std::optional<Value> nearest(const Point& point) const {
        const Entry* best = nullptr;
        for (const Entry& entry : entries_) {
            if (best == nullptr || distance(point, entry.box.center()) < distance(point, best->box.center())) {
                best = &entry;
            }
        }
        if (best == nullptr) return std::nullopt;
        return best->value;
    }

    std::size_t size() const { return entries_.size(); }

private:
    using Cell = std::pair<long, long>;

    struct Entry {
        Box box;
        Value value;
    };

    long cell_of(double coordinate) const { return static_cast<long>(std::floor(coordinate / cell_size_)); }

    template <typename Visitor>
    void visit_cells(const Box& box, Visitor visit) const {
        for (long row = cell_of(box.low().y); row <= cell_of(box.high().y); ++row) {
            for (long column = cell_of(box.low().x); column <= cell_of(box.high().x); ++column) {
                visit(Cell{row, column});
            }
        }
    }

    double cell_size_;
    std::vector<Entry> entries_;
    std::map<Cell, std::vector<std::size_t>> cells_;
};

}  // namespace geo
